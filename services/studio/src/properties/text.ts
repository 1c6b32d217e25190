/** The text of a source where a node stands. Lines and columns count from 1, in characters. */
import type { Span } from "nexus-renderer";

/** The text of a span. */
export function textOf(source: string, { line, column, endLine, endColumn }: Span): string {
  return source.slice(offsetOf(source, line, column), offsetOf(source, endLine, endColumn));
}

/** The text of a span, without the `id` of the elements that begin at some places in it. */
export function withoutIds(source: string, span: Span, elements: readonly Span[]): string {
  const start = offsetOf(source, span.line, span.column);
  let text = textOf(source, span);
  const places = elements.map(({ line, column }) => offsetOf(source, line, column) - start);
  for (const place of places.toSorted((a, b) => b - a)) {
    const found = idOf(text, place);
    if (found !== null) text = text.slice(0, found.from) + text.slice(found.to);
  }
  return text;
}

function offsetOf(source: string, line: number, column: number): number {
  let start = 0;
  for (let left = line; left > 1; left--) {
    const end = source.indexOf("\n", start);
    if (end < 0) return source.length;
    start = end + 1;
  }
  const [characters] = source.slice(start).split("\n", 1);
  return start + [...(characters ?? "")].slice(0, column - 1).join("").length;
}

/** Where the element that begins a span has an attribute of that name; null where it has none. */
export function attributeIn(source: string, { line, column }: Span, name: string): { from: number; to: number } | null {
  const start = offsetOf(source, line, column);
  for (const [found, from, to] of attributesAt(source, start)) if (found === name) return { from, to };
  return null;
}

const ATTRIBUTE = /\s+([^\s=<>/"'`{}]+)(?:\s*=\s*("[^"]*"|'[^']*'))?/y;

/** Where the `id` of the element that begins there is written, with the space before it. */
function idOf(text: string, start: number): { readonly from: number; readonly to: number } | null {
  for (const [name, , to, before] of attributesAt(text, start)) if (name === "id") return { from: before, to };
  return null;
}

/** The attributes of the element that begins there: name, where it is written, where the space before it begins. */
function* attributesAt(text: string, start: number): Generator<readonly [string, number, number, number]> {
  let before = start + (/^<[A-Za-z]\w*/.exec(text.slice(start))?.[0].length ?? 0);
  for (;;) {
    ATTRIBUTE.lastIndex = before;
    const found = ATTRIBUTE.exec(text);
    if (found === null) return;
    const [whole, name = ""] = found;
    const to = before + whole.length;
    yield [name, before + whole.length - whole.trimStart().length, to, before];
    before = to;
  }
}
