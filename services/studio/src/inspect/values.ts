/** Values as a person types them, and where in a state they stand. */
import type { Json } from "../api/wire.ts";

/** The JSON pointer of a member. */
export const pointer = (path: string, key: string): string =>
  `${path}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;

/**
 * What was typed in the place of a value: for a string the text as it is, for anything else JSON.
 * Undefined while it is none.
 */
export function readAs(typed: string, before: Json): Json | undefined {
  if (typeof before === "string") return typed;
  try {
    return JSON.parse(typed) as Json;
  } catch {
    return undefined;
  }
}

/** A value as JSON; null where that has more than `most` characters. It costs no more than those. */
export function jsonWithin(value: Json, most: number): string | null {
  const text = beginning(value, most + 1);
  return text.length > most ? null : text;
}

/** The first `most` characters of a value as JSON. */
export function beginning(value: Json, most: number): string {
  let text = "";
  for (const part of partsOf(value, most)) {
    text += part;
    if (text.length >= most) break;
  }
  return text.slice(0, most);
}

function* partsOf(value: Json, most: number): Generator<string> {
  if (typeof value !== "object" || value === null) {
    yield JSON.stringify(typeof value === "string" ? value.slice(0, most) : value);
    return;
  }
  const isList = Array.isArray(value);
  let before = isList ? "[" : "{";
  for (const [key, member] of Object.entries(value)) {
    yield isList ? before : `${before}${JSON.stringify(key)}:`;
    yield* partsOf(member as Json, most);
    before = ",";
  }
  yield before === "," ? "" : before;
  yield isList ? "]" : "}";
}

/** How a value is typed: in how many lines, or not at all where it is too long to be changed as a whole. */
export function typing(value: Json): { readonly text: string; readonly rows: number } | null {
  const json = jsonWithin(value, MOST_TYPED);
  if (json === null) return null;
  const isText = typeof value === "string";
  const isLong = json.length > ONE_LINE && typeof value === "object";
  const text = isText ? value : isLong ? JSON.stringify(value, null, 2) : json;
  const rows = isText && text.length > ONE_LINE ? 4 : 1;
  return { text, rows: Math.min(MOST_ROWS, Math.max(rows, text.split("\n").length)) };
}

const ONE_LINE = 60;
const MOST_ROWS = 12;
const MOST_TYPED = 20_000;
