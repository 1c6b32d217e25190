import fc from "fast-check";
import { expect, test } from "vitest";

import { type Difference, differencesOf } from "../src/source/difference.ts";

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

test("the differences of two texts make the one the other", () => {
  const text = fc.array(fc.constantFrom("a", "b", "\n", "  "), { maxLength: 24 }).map((parts) => parts.join(""));
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
