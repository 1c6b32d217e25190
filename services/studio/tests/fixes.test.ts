import { ChangeSet, Text } from "@codemirror/state";
import { expect, test } from "vitest";

import type { Fix } from "../src/api/wire.ts";
import { changesOf } from "../src/source/fixes.ts";

const edit = (line: number, column: number, endColumn: number, text: string) => ({
  loc: { line, column, endLine: line, endColumn },
  text,
});

function applied(source: string, fix: Fix): string | null {
  const text = Text.of(source.split("\n"));
  const changes = changesOf(text, fix);
  return changes === null ? null : ChangeSet.of(changes, text.length).apply(text).toString();
}

test("a fix replaces what it names", () => {
  expect(applied("<Buton />", { title: "", edits: [edit(1, 2, 7, "Button")] })).toBe("<Button />");
});

test("an edit of an empty stretch inserts", () => {
  expect(applied("<Text", { title: "", edits: [edit(1, 6, 6, " />")] })).toBe("<Text />");
});

test("all edits of a fix are told against the text as it was", () => {
  const fix = { title: "", edits: [edit(2, 2, 4, "Button"), edit(1, 1, 2, "<<<")] };
  expect(applied("<a\n<Bu", fix)).toBe("<<<a\n<Button");
});

test("edits that overlap apply to nothing", () => {
  expect(applied("abcdef", { title: "", edits: [edit(1, 1, 4, "x"), edit(1, 3, 5, "y")] })).toBeNull();
});
