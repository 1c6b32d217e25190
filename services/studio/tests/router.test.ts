import { expect, test } from "vitest";

import { pathOf, type Place, placeOf, workspaceOf } from "../src/app/router.ts";

test.each<[string, Place]>([
  ["/", { name: "home" }],
  ["/panels", { name: "home" }],
  ["/canvas", { name: "canvas" }],
  ["/account/", { name: "account" }],
  ["/panels/notes", { name: "panel", id: "notes", pane: null }],
  ["/panels/notes/", { name: "panel", id: "notes", pane: null }],
  ["/panels/notes/source", { name: "panel", id: "notes", pane: "source" }],
  ["/panels/notes/inspect", { name: "panel", id: "notes", pane: "inspect" }],
  ["/panels/caf%C3%A9%2F1", { name: "panel", id: "café/1", pane: null }],
  ["/w/acme", { name: "home" }],
  ["/w/acme/panels/notes/design", { name: "panel", id: "notes", pane: "design" }],
  ["/panels/notes/elsewhere", { name: "missing", path: "/panels/notes/elsewhere" }],
  ["/panels/%E0%A4%A", { name: "missing", path: "/panels/%E0%A4%A" }],
  ["/toString", { name: "missing", path: "/toString" }],
])("%s is a place", (path, place) => {
  expect(placeOf(path)).toEqual(place);
});

test.each<Place>([
  { name: "home" },
  { name: "members" },
  { name: "panel", id: "notes", pane: null },
  { name: "panel", id: "a b/ü?#", pane: "source" },
  { name: "missing", path: "/somewhere" },
])("a place's path leads back to it in every workspace", (place) => {
  expect(placeOf(pathOf(place, "default"))).toEqual(place);
  expect(placeOf(pathOf(place, "acme"))).toEqual(place);
});

test.each([
  ["/w/acme/panels/notes", "acme"],
  ["/w/acme", "acme"],
  ["/panels/notes", null],
  ["/w/Not a name/panels", null],
])("%s names its workspace", (path, workspace) => {
  expect(workspaceOf(path)).toBe(workspace);
});
