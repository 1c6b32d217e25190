import { expect, test } from "vitest";

import { workspaceAt } from "../src/account/workspaces.ts";

const BOTH = [{ id: "acme" }, { id: "default" }];

test.each([
  ["an address that names one", "/w/acme/panels/x", BOTH, null, "acme"],
  ["a bare address means the default one", "/panels/x", BOTH, "acme", "default"],
  ["the start is the last one used", "/", BOTH, "acme", "acme"],
  ["a last one that is gone counts for nothing", "/", BOTH, "gone", "default"],
  ["without a default one it is the first", "/panels/x", [{ id: "acme" }], null, "acme"],
  ["without any there is none", "/", [], "acme", null],
])("%s", (_, path, items, last, expected) => {
  expect(workspaceAt(path, items, last)).toBe(expected);
});
