import { expect, test } from "vitest";

import { pathOf, type Place, placeOf } from "../src/app/router.ts";

test.each<[string, Place]>([
  ["/", { name: "home" }],
  ["/panels", { name: "home" }],
  ["/panels/notes", { name: "panel", id: "notes", source: false }],
  ["/panels/notes/", { name: "panel", id: "notes", source: false }],
  ["/panels/notes/source", { name: "panel", id: "notes", source: true }],
  ["/panels/caf%C3%A9%2F1", { name: "panel", id: "café/1", source: false }],
  ["/panels/notes/elsewhere", { name: "missing", path: "/panels/notes/elsewhere" }],
  ["/panels/%E0%A4%A", { name: "missing", path: "/panels/%E0%A4%A" }],
])("%s is a place", (path, place) => {
  expect(placeOf(path)).toEqual(place);
});

test.each<Place>([
  { name: "home" },
  { name: "panel", id: "notes", source: false },
  { name: "panel", id: "a b/ü?#", source: true },
  { name: "missing", path: "/somewhere" },
])("a place's path leads back to it", (place) => {
  expect(placeOf(pathOf(place))).toEqual(place);
});
