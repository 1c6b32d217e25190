/** Numbers and sizes as people read them. */

const NUMBER = new Intl.NumberFormat();
const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export const counted = (count: number): string => NUMBER.format(count);

/** A size in bytes, in the unit that makes it short: thousands, as disks are sold. */
export function bytes(size: number): string {
  const power = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, size)) / 3));
  const unit = UNITS[power] ?? "byte";
  const format = new Intl.NumberFormat(undefined, {
    style: "unit",
    unit,
    unitDisplay: power === 0 ? "long" : "short", // short, a byte has no plural
    maximumFractionDigits: power === 0 ? 0 : 1,
  });
  return format.format(size / 1000 ** power);
}
