import { expect, test } from "vitest";

import { bytes, counted } from "../src/account/amounts.ts";

test.each([
  [0, "0 bytes"],
  [999, "999 bytes"],
  [1000, "1 kB"],
  [45_678, "45.7 kB"],
  [16_000_000, "16 MB"],
  [5e12, "5,000 GB"],
])("%d bytes are read as %j", (size, text) => {
  expect(bytes(size)).toBe(text);
});

test("a count has its thousands apart", () => {
  expect(counted(12_345)).toBe("12,345");
});
