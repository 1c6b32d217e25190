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
