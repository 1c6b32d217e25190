/**
 * JSON pointers (RFC 6901): how a place in the state is written.
 *
 * Knows text and parts. What a part means in an object or a list is the patches' business.
 */

export type Part = string | number;

/** Split a pointer into its unescaped parts; throws a RangeError on a text that is none. */
export function splitPointer(pointer: string): string[] {
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new RangeError(`"${pointer}" is not a JSON pointer`);
  return pointer
    .slice(1)
    .split("/")
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** Write parts as a pointer. */
export function joinPointer(parts: readonly Part[]): string {
  return parts
    .map((part) => `/${String(part).replaceAll("~", "~0").replaceAll("/", "~1")}`)
    .join("");
}

/** Tell whether one pointer is the other, or leads to a place inside it or around it. */
export function overlaps(left: string, right: string): boolean {
  return left === right || left.startsWith(`${right}/`) || right.startsWith(`${left}/`);
}
