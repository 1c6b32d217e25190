import { expect, test } from "vitest";

import { search } from "../src/app/match.ts";

const TITLES = ["Sales dashboard", "Server monitor", "Notes", "Use dark theme", "Inventory"];
const find = (query: string): string[] => search(query, TITLES, (title) => title);

test("an empty query finds all in their order", () => {
  expect(find(" ")).toEqual(TITLES);
});

test("the start of a word comes before its middle, and that before scattered letters", () => {
  expect(search("no", ["snow", "neon", "Notes"], (text) => text)).toEqual(["Notes", "snow", "neon"]);
});

test("letters in order are enough", () => {
  expect(find("sdb")).toEqual(["Sales dashboard"]);
});

test("letters out of order are not", () => {
  expect(find("setonx")).toEqual([]);
});

test("the shorter of two equal fits comes first", () => {
  expect(search("no", ["Notes of the week", "Notes"], (text) => text)).toEqual([
    "Notes",
    "Notes of the week",
  ]);
});
