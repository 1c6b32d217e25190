import fc from "fast-check";
import { expect, test } from "vitest";

import { type Difference, differencesOf, hunksOf, merged } from "../src/source/difference.ts";

test.each<[string, string, readonly Difference[]]>([
  ["one two", "one two", []],
  ["one two", "one  two", [{ from: 4, to: 4, insert: " " }]],
  ["aaa", "aa", [{ from: 2, to: 3, insert: "" }]],
  ["", "new", [{ from: 0, to: 0, insert: "new" }]],
  ["a\nkept\nb", "a1\nkept\nb2", [{ from: 1, to: 1, insert: "1" }, { from: 8, to: 8, insert: "2" }]],
  ["a\nb\nc\n", "a\nc\n", [{ from: 2, to: 4, insert: "" }]],
])("%j becomes %j by its stretches", (before, after, differences) => {
  expect(differencesOf(before, after)).toEqual(differences);
});

const text = fc.array(fc.constantFrom("a", "b", "\n", "  "), { maxLength: 24 }).map((parts) => parts.join(""));

test("the differences of two texts make the one the other", () => {
  fc.assert(
    fc.property(text, text, (before, after) => {
      const made = differencesOf(before, after).reduceRight(
        (present, { from, to, insert }) => present.slice(0, from) + insert + present.slice(to),
        before,
      );
      expect(made).toBe(after);
    }),
  );
});

test.each([
  ["a\nb\nc\n", "a\nb2\nc\n", [{ line: 2, before: "b\n", after: "b2\n" }]],
  ["a\nb\n", "a\nnew\nb\n", [{ line: 2, before: "", after: "new\n" }]],
  ["a\nb\nc\n", "a\nc\n", [{ line: 2, before: "b\n", after: "" }]],
  ["a\nb\nc\nd", "x\nb\nc\nyy", [{ line: 1, before: "a\n", after: "x\n" }, { line: 4, before: "d", after: "yy" }]],
])("from %j to %j these lines differ", (before, after, hunks) => {
  expect(hunksOf(before, after)).toEqual(hunks);
});

test.each<[string, string, string, string | null]>([
  ["a\nb\nc\n", "a1\nb\nc\n", "a\nb\nc2\n", "a1\nb\nc2\n"],
  ["a\nb\nc\n", "a\nc\n", "a\nb\nc\nd\n", "a\nc\nd\n"],
  ["a\nb\nc\n", "x\nb\nc\n", "x\nb\nc2\n", "x\nb\nc2\n"],
  ["one two\n", "1 two\n", "one 2\n", null],
  ["a\nb\n", "a1\nb\n", "a\nb1\n", null],
])("of %j, %j and %j come together as %j", (base, one, other, both) => {
  expect([merged(base, one, other), merged(base, other, one)]).toEqual([both, both]);
});

test("what one of two did not touch is as the other has it", () => {
  fc.assert(
    fc.property(text, text, (base, changed) => {
      expect([merged(base, base, changed), merged(base, changed, base), merged(base, changed, changed)]).toEqual([
        changed,
        changed,
        changed,
      ]);
    }),
  );
});
