/** How a value is written where text is wanted. */
import { Budget } from "../expressions/budget";

const MAX_PRINTED = 20_000;

/** Print any value: nothing for null and undefined, compact JSON for lists and objects. */
export function display(value: unknown): string {
  switch (typeof value) {
    case "string":
      return value;
    case "number":
    case "boolean":
    case "bigint":
      return String(value);
    case "object":
      return value === null ? "" : displayObject(value);
    default:
      return "";
  }
}

/** Print a figure without the noise of binary fractions: 0.1 + 0.2 is 0.3. */
export function displayFigure(value: unknown): string {
  return typeof value === "number" && Number.isFinite(value)
    ? String(Number(value.toPrecision(12)))
    : display(value);
}

function displayObject(value: object): string {
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? "" : value.toISOString();
  if (value instanceof RegExp) return String(value);
  try {
    new Budget(MAX_PRINTED).weigh(value);
    return JSON.stringify(value);
  } catch {
    return Array.isArray(value) ? `[… ${value.length} items]` : "{…}";
  }
}
