import { expect, test, vi } from "vitest";

import type { Studio } from "../src/app/studio.tsx";

// Theme and direction read what the page has when they are loaded.
vi.stubGlobal("document", { documentElement: { dataset: {} } });
const { actionsAt } = await import("../src/app/actions.ts");

const PLACE = { name: "panel", id: "notes", pane: null } as const;
const idsFor = (standing: { readonly hasAccount: boolean; readonly canWrite: boolean }) =>
  actionsAt(PLACE, {} as Studio, standing).map(({ id }) => id);

test("who may only look is offered nothing that changes something", () => {
  const all = idsFor({ hasAccount: false, canWrite: true });
  const seen = new Set(idsFor({ hasAccount: false, canWrite: false }));
  const writing = ["save", "format", "format-on-save", "rename", "duplicate", "delete", "new", "branch"];
  expect(all.filter((id) => !seen.has(id))).toEqual(writing);
});

test("an account is offered where there is one", () => {
  const without = new Set(idsFor({ hasAccount: false, canWrite: true }));
  expect(idsFor({ hasAccount: true, canWrite: true }).filter((id) => !without.has(id))).toEqual(["account", "members", "leave"]);
});
