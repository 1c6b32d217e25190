import type { Span, ViewNode } from "nexus-renderer";
import { expect, test } from "vitest";

import type { Diagnostic } from "../src/api/wire.ts";
import { findingsOf, mended } from "../src/properties/findings.ts";
import type { Item } from "../src/properties/outline.ts";
import { attributeIn } from "../src/properties/text.ts";

const SOURCE = "<View>\n  <Input label='a > b'  bind=\"$state.name\"/>\n  <Text>Hello</Text>\n</View>";
const span = (line: number, column: number, endColumn: number): Span => ({ line, column, endLine: line, endColumn });
const at = (loc: Span, severity: Diagnostic["severity"] = "error", message = "Wrong."): Diagnostic =>
  ({ code: "UNDEFINED_STATE_REFERENCE", severity, message, loc, path: "", hint: "" }) as Diagnostic;
const item = (node: object): Item => ({ node: node as ViewNode }) as Item;
const INPUT = item({ kind: "component", loc: span(2, 3, 45) });
const TEXT = item({ kind: "component", loc: span(3, 3, 21) });
const checked = (source: string, ...diagnostics: Diagnostic[]) => ({ before: SOURCE, source, diagnostics });

test("an attribute is found by its name, whatever its quotes hold", () => {
  const { from, to } = attributeIn(SOURCE, span(2, 3, 45), "bind") ?? { from: 0, to: 0 };
  expect(SOURCE.slice(from, to)).toBe('bind="$state.name"');
  expect(attributeIn(SOURCE, span(2, 3, 45), "type")).toBeNull();
});

test("what stands at a field's attribute is about the field, and what stands elsewhere is not", () => {
  const [mine, other] = [at(span(2, 26, 42), "warning"), at(span(2, 10, 23), "warning")];
  const found = findingsOf(checked(SOURCE, mine, other), [mine, other], INPUT, "bind");
  expect([found.here, found.isBroken]).toEqual([[mine], false]);
});

test("an error that a text makes elsewhere is about its field, and the panel could not run with it", () => {
  const [old, made] = [at(span(1, 1, 3), "error", "Old."), at(span(3, 9, 14), "error", "Made.")];
  const found = findingsOf(checked(SOURCE, old, made), [old], INPUT, "label");
  expect([found.here, found.isBroken]).toEqual([[made], true]);
});

test("a text between tags is where the source is changed", () => {
  const source = SOURCE.replace("Hello", "Hello {x}");
  const mine = at(span(3, 16, 17), "warning");
  expect(findingsOf(checked(source, mine), [], TEXT, "content").here).toEqual([mine]);
});

test("a fix is made in the source that was checked", () => {
  const source = SOURCE.replace("$state.name", "$state.nmae");
  const fix = { title: "Write name", edits: [{ loc: span(2, 38, 42), text: "name" }] };
  expect(mended(checked(source), fix)).toBe(SOURCE);
});
