/** How long ago a moment was, in a few words. */

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 365 * 86_400],
  ["month", 30 * 86_400],
  ["week", 7 * 86_400],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Both are seconds since 1970. */
export function ago(moment: number, now: number = Date.now() / 1000): string {
  const seconds = now - moment;
  const [unit, length] = UNITS.find(([, length]) => seconds >= length) ?? ["second", 1];
  if (unit === "second") return "Changed just now";
  const words = new Intl.RelativeTimeFormat("en", { numeric: "auto" });
  return `Changed ${words.format(-Math.floor(seconds / length), unit)}`;
}
