import { expect, test } from "vitest";

import { beginning, jsonWithin, pointer, readAs, typing } from "../src/inspect/values.ts";

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

test.each([[null], [true], [-1.5], ["a \"text\"\n"], [[]], [{}], [[1, [2, {}], "x"]], [{ a: 1, "b c": [null, { d: "" }] }]])(
  "%j is printed as JSON has it, and no further than asked",
  (value) => {
    const json = JSON.stringify(value);
    expect(jsonWithin(value, json.length)).toBe(json);
    expect(jsonWithin(value, json.length - 1)).toBeNull();
    expect(beginning(value, 3)).toBe(json.slice(0, 3));
  },
);

test.each([
  ["short", { text: "short", rows: 1 }],
  ["two\nlines", { text: "two\nlines", rows: 2 }],
  ["x".repeat(61), { text: "x".repeat(61), rows: 4 }],
  [[1, 2], { text: "[1,2]", rows: 1 }],
  [{ long: "x".repeat(60) }, { text: `{\n  "long": "${"x".repeat(60)}"\n}`, rows: 3 }],
  ["x".repeat(30_000), null],
])("a value is typed in as many lines as it needs, or not at all", (value, expected) => {
  expect(typing(value)).toEqual(expected);
});
