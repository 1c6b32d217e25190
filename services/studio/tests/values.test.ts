import { expect, test } from "vitest";

import { pointer, readAs } from "../src/inspect/values.ts";

test.each([
  ["", "count", "/count"],
  ["/rows", "0", "/rows/0"],
  ["", "a/b~c", "/a~1b~0c"],
])("in %j the member %j is at %j", (path, key, expected) => {
  expect(pointer(path, key)).toBe(expected);
});

test.each([
  ["12", 3, 12],
  ["[1, 2]", null, [1, 2]],
  ["12", "a text", "12"],
  ["twelve", 3, undefined],
  ["", 3, undefined],
])("%j typed over %j is %j", (typed, before, value) => {
  expect(readAs(typed, before)).toEqual(value);
});
