import { Text } from "@codemirror/state";
import { expect, test } from "vitest";

import { markOf, offsetOf, rangeOf } from "../src/source/positions.ts";

const text = Text.of(["<Text>", '  <Button label="🚀 go" />', ""]);
const span = (line: number, column: number, endLine: number, endColumn: number) => ({
  line, column, endLine, endColumn,
});
const slice = ({ from, to }: { from: number; to: number }) => text.sliceString(from, to);

test("a span is the text between its places, the end left out", () => {
  expect(slice(rangeOf(text, span(2, 4, 2, 10)))).toBe("Button");
});

test("an emoji before a place counts as one character", () => {
  expect(slice(rangeOf(text, span(2, 20, 2, 22)))).toBe("go");
});

test("a span over several lines holds their ends", () => {
  expect(slice(rangeOf(text, span(1, 1, 2, 3)))).toBe("<Text>\n  ");
});

test.each([
  ["before the text", 0, 5, 0],
  ["after the last line", 9, 1, text.length],
  ["past the end of a line", 1, 99, 6],
  ["before the start of a line", 2, 0, 7],
])("a place %s becomes the nearest inside", (_, line, column, offset) => {
  expect(offsetOf(text, line, column)).toBe(offset);
});

test("a span whose end lies before its start is empty", () => {
  expect(rangeOf(text, span(2, 4, 1, 1))).toEqual({ from: 10, to: 10 });
});

test("an empty span is marked on the word that it stands before", () => {
  expect(slice(markOf(text, span(2, 4, 2, 4)))).toBe("Button");
});

test("an empty span before an emoji is marked on the whole of it", () => {
  expect(slice(markOf(text, span(2, 18, 2, 18)))).toBe("🚀");
});

test("an empty span at the end of a line is marked on what stands before", () => {
  expect(slice(markOf(text, span(1, 7, 1, 7)))).toBe(">");
});

test("an empty span in an empty line has nothing to mark", () => {
  expect(slice(markOf(text, span(3, 1, 3, 1)))).toBe("");
});
