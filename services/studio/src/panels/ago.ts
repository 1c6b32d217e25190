/** How long ago a moment was, in a few words. */

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** `moment` is ISO 8601; what is no moment gives an empty text. */
export function ago(moment: string, now: number = Date.now()): string {
  const seconds = (now - Date.parse(moment)) / 1000;
  if (Number.isNaN(seconds)) return "";
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  if (unit === "second") return "Changed just now";
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return `Changed ${words.format(-Math.floor(seconds / length), unit)}`;
}
