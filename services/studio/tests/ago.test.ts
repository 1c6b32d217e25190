import { expect, test } from "vitest";

import { ago } from "../src/panels/ago.ts";

const secondsOf = (moment: string): number => Date.parse(moment) / 1000;
const NOW = secondsOf("2026-11-20T12:00:00Z");

test.each([
  ["2026-11-20T11:59:30Z", "Changed just now"],
  ["2026-11-20T12:00:05Z", "Changed just now"],
  ["2026-11-20T11:59:00Z", "Changed 1 minute ago"],
  ["2026-11-20T09:10:00Z", "Changed 2 hours ago"],
  ["2026-11-19T11:00:00Z", "Changed yesterday"],
  ["2024-11-19T11:00:00Z", "Changed 2 years ago"],
])("%s is %j", (moment, words) => {
  expect(ago(secondsOf(moment), NOW)).toBe(words);
});
