import { expect, test } from "vitest";

import { add, COLUMNS, dock, type Layout, minimise, move, read, remove, resize, restore, write } from "../src/canvas/layout.ts";

/** Windows as `id x,y wxh`, those that are shown, from the top left. */
const drawn = (layout: Layout): string[] =>
  layout
    .filter(({ isMinimised }) => !isMinimised)
    .toSorted((one, other) => one.y - other.y || one.x - other.x)
    .map(({ panelId, x, y, w, h }) => `${panelId} ${x},${y} ${w}x${h}`);

const THREE = ["a", "b", "c"].reduce<Layout>(add, []);

test("panels are put beside and below each other", () => {
  expect(drawn(THREE)).toEqual(["a 0,0 6x9", "b 6,0 6x9", "c 0,9 6x9"]);
});

test("a panel is on the canvas once", () => {
  expect(add(THREE, "a")).toEqual(THREE);
});

test("what is in the way of a moved window goes below it", () => {
  expect(drawn(move(THREE, "b", { x: -6, y: 0 }))).toEqual(["b 0,0 6x9", "a 0,9 6x9", "c 0,18 6x9"]);
});

test("a window moves no further than the edge, and up to where there is room", () => {
  expect(drawn(move(THREE, "c", { x: 99, y: 0 }))).toEqual(["a 0,0 6x9", "b 6,0 6x9", "c 6,9 6x9"]);
  expect(drawn(move(THREE, "c", { x: 0, y: 30 }))).toEqual(["a 0,0 6x9", "b 6,0 6x9", "c 0,9 6x9"]);
});

test("a window grows to the edge, shrinks to its least, and pushes its neighbour below", () => {
  const grown = drawn(resize(THREE, "a", { w: 99, h: 1 }));
  expect(grown).toEqual(["a 0,0 12x10", "c 0,10 6x9", "b 6,10 6x9"]);
  expect(drawn(resize(THREE, "a", { w: -99, h: -99 }))[0]).toBe("a 0,0 3x3");
});

test("two windows are docked side by side", () => {
  const docked = dock(dock(THREE, "c", "left"), "a", "right");
  expect(drawn(docked).slice(0, 2)).toEqual(["c 0,0 6x14", "a 6,0 6x14"]);
});

test("a minimised window leaves its room to others and comes back on top", () => {
  const without = minimise(THREE, "a");
  expect(drawn(without)).toEqual(["c 0,0 6x9", "b 6,0 6x9"]);
  expect(drawn(restore(without, "a"))).toEqual(["a 0,0 6x9", "b 6,0 6x9", "c 0,9 6x9"]);
});

test("what is closed leaves no gap", () => {
  expect(drawn(remove(THREE, "a"))).toEqual(["c 0,0 6x9", "b 6,0 6x9"]);
});

test("whatever is done, nothing lies over another or past the edge", () => {
  let layout = ["a", "b", "c", "d", "e"].reduce<Layout>(add, []);
  let seed = 7;
  const random = (below: number): number => (seed = (seed * 48_271) % 2_147_483_647) % below;
  for (let step = 0; step < 2000; step++) {
    const id = "abcde"[random(5)] ?? "a";
    const [x, y] = [random(13) - 6, random(13) - 6];
    const moves = [
      () => move(layout, id, { x, y }),
      () => resize(layout, id, { w: x, h: y }),
      () => dock(layout, id, x > 0 ? "left" : "right"),
      () => minimise(layout, id),
      () => restore(layout, id),
      () => add(remove(layout, id), id),
    ];
    layout = moves[random(moves.length)]?.() ?? layout;
    const cells = layout.filter(({ isMinimised }) => !isMinimised).flatMap(cellsOf);
    expect(new Set(cells).size).toBe(cells.length);
    expect(read(write(layout))).toEqual(layout);
  }
});

function cellsOf({ x, y, w, h }: Layout[number]): string[] {
  expect(x >= 0 && y >= 0 && x + w <= COLUMNS).toBe(true);
  return Array.from({ length: w * h }, (_, at) => `${x + (at % w)},${y + Math.floor(at / w)}`);
}

test.each([
  ["nothing", null],
  ["no JSON", "{"],
  ["another version", '{"version":2,"windows":[]}'],
  ["no windows", '{"version":1,"windows":{"length":1}}'],
  ["windows that are none", '{"version":1,"windows":[null,{"panelId":"a"},{"panelId":"a","isMinimised":false,"x":9,"y":0,"w":6,"h":9},{"panelId":"a","isMinimised":false,"x":0,"y":0.5,"w":6,"h":9}]}'],
])("%s kept is an empty canvas", (_, text) => {
  expect(read(text)).toEqual([]);
});
