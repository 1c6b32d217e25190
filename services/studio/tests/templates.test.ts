import { expect, test } from "vitest";

import { idFor } from "../src/app/names.ts";
import { BLANK, labelOf, newPanel, titleIn } from "../src/panels/templates.ts";

test.each([
  ["Reading list", "reading-list"],
  ["  Café & Crème!  ", "cafe-creme"],
  ["日本", "panel"],
  ["a".repeat(80), "a".repeat(48)],
])("the title %j has the id %j", (title, id) => {
  expect(idFor(title, new Set(), "panel")).toBe(id);
});

test("an id that is taken gets the next free number", () => {
  expect(idFor("Notes", new Set(["notes", "notes-2"]), "panel")).toBe("notes-3");
});

test("a template is asked for by name, and the kernel writes the title into it", () => {
  expect(newPanel(BLANK, "mine", "Mine {a} & yours")).toEqual({
    id: "mine",
    template: "blank",
    title: "Mine {a} & yours",
  });
});

test("a file is taken as it is", () => {
  const start = { kind: "file", name: "shop.nxml", source: "<NexusPanel/>" } as const;
  expect(newPanel(start, "shop", "Shop")).toEqual({ id: "shop", source: "<NexusPanel/>" });
});

test("a template is called by its name in words", () => {
  expect(labelOf({ name: "to-do-list", source: "" })).toBe("To do list");
});

test.each([
  ['<NexusPanel icon="x" title="Orders">', "Orders"],
  ["<NexusPanel>", "shop"],
  ['<NexusPanel title="{$state.x}">', "shop"],
])("the file shop.nxml with %s is called %s", (source, title) => {
  expect(titleIn("shop.nxml", source)).toBe(title);
});
