/**
 * From the kernel's places to the editor's. The kernel counts lines and columns from 1 in
 * characters; the editor counts UTF-16 units from 0, so that an emoji is one there and two here.
 */
import type { Text } from "@codemirror/state";

import type { Span } from "../api/wire.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

/** The offset of a place; one outside of the text becomes the nearest inside. */
export function offsetOf(text: Text, line: number, column: number): number {
  if (line < 1) return 0;
  if (line > text.lines) return text.length;
  const { from, text: content } = text.line(line);
  return from + unitsOf(content, column - 1);
}

/** The range of a span, as it is: what an edit replaces. */
export function rangeOf(text: Text, span: Span): Range {
  const from = offsetOf(text, span.line, span.column);
  return { from, to: Math.max(from, offsetOf(text, span.endLine, span.endColumn)) };
}

/** The range to underline: an empty one is stretched to the word or character beside it. */
export function markOf(text: Text, span: Span): Range {
  const range = rangeOf(text, span);
  if (range.to > range.from) return range;
  const line = text.lineAt(range.from);
  const word = /^(?:[\w$]+|.)/u.exec(line.text.slice(range.from - line.from));
  if (word !== null) return { from: range.from, to: range.from + word[0].length };
  return { from: Math.max(line.from, range.from - 1), to: range.from };
}

/** How many UTF-16 units the first `characters` of a line take. */
function unitsOf(line: string, characters: number): number {
  let units = 0;
  for (let left = characters; left > 0 && units < line.length; left--) {
    units += (line.codePointAt(units) ?? 0) > 0xffff ? 2 : 1;
  }
  return units;
}
