import { expect, test } from "vitest";

import { idFor } from "../src/app/names.ts";
import { fileTemplate, TEMPLATES, titled, titleIn } from "../src/panels/templates.ts";

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

test.each(TEMPLATES.map((template) => [template.id, template] as const))(
  "the template %s takes the title",
  (_, template) => {
    expect(titled(template, "Mine")).toMatch(/^<NexusPanel\s+title="Mine"/);
  },
);

test("a title cannot leave its attribute or begin an expression", () => {
  expect(titled(TEMPLATES[0], '"><Logic/>{$state.x}')).toMatch(
    /^<NexusPanel title="&quot;&gt;&lt;Logic\/&gt;\{\{\$state\.x\}\}">/,
  );
});

test.each([
  ['<NexusPanel icon="x" title="Orders">', "Orders"],
  ["<NexusPanel>", "shop"],
  ['<NexusPanel title="{$state.x}">', "shop"],
])("the file shop.nxml with %s is called %s", (source, title) => {
  expect(titleIn(fileTemplate("shop.nxml", source))).toBe(title);
});
