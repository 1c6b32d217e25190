import { expect, test } from "vitest";

import { differenceOf } from "../src/source/difference.ts";

test.each([
  ["one two", "one two", null],
  ["one two", "one  two", { from: 4, to: 4, insert: " " }],
  ["aaa", "aa", { from: 2, to: 3, insert: "" }],
  ["", "new", { from: 0, to: 0, insert: "new" }],
  ["start middle end", "start other end", { from: 6, to: 12, insert: "other" }],
])("%j becomes %j by one stretch", (before, after, difference) => {
  expect(differenceOf(before, after)).toEqual(difference);
});
