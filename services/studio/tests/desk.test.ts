import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createDesk, type DeskApi } from "../src/canvas/desk.ts";
import { add, type Layout, read, write } from "../src/canvas/layout.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const drawer = (text: string | null = null) => ({
  text,
  get() {
    return this.text;
  },
  set(next: string | null) {
    this.text = next;
  },
});

/** A kernel that keeps layouts; `saves` are those that it was sent. */
function kernel(kept: Layout | null) {
  const saves: Layout[] = [];
  const api: DeskApi = {
    load: async () => kept,
    save: async (layout) => void saves.push(layout),
  };
  return { api, saves };
}

const panels = (layout: Layout) => layout.map(({ panelId }) => panelId);
const withPanel = (id: string) => (layout: Layout) => add(layout, id);

test("where nobody signs in a layout stays in this browser", async () => {
  const kept = drawer();
  const desk = createDesk(kept, null);
  desk.change(withPanel("notes"));
  await desk.open();
  expect(panels(read(kept.text))).toEqual(["notes"]);
});

test("a layout made elsewhere is there, in place of this browser's old one", async () => {
  const { api, saves } = kernel(add([], "tasks"));
  const desk = createDesk(drawer(write(add([], "old"))), api);
  expect(panels(desk.get())).toEqual(["old"]);
  await desk.open();
  expect(panels(desk.get())).toEqual(["tasks"]);
  await desk.flush();
  expect(saves).toEqual([]);
});

test("what was done before the kernel answered is done to what it has", async () => {
  const { api, saves } = kernel(add([], "tasks"));
  const desk = createDesk(drawer(), api);
  desk.change(withPanel("notes"));
  await desk.open();
  expect(panels(desk.get())).toEqual(["tasks", "notes"]);
  await vi.runAllTimersAsync();
  expect(saves.map(panels)).toEqual([["tasks", "notes"]]);
});

test("a layout that the kernel never had is given to it", async () => {
  const { api, saves } = kernel(null);
  const desk = createDesk(drawer(write(add([], "notes"))), api);
  await desk.open();
  await vi.runAllTimersAsync();
  expect(saves.map(panels)).toEqual([["notes"]]);
});

test("many changes in a row are saved once, the last of them", async () => {
  const { api, saves } = kernel([]);
  const desk = createDesk(drawer(), api);
  await desk.open();
  for (const id of ["a", "b", "c"]) desk.change(withPanel(id));
  await vi.runAllTimersAsync();
  expect(saves.map(panels)).toEqual([["a", "b", "c"]]);
});

test("while the kernel cannot be reached the layout goes on, and overwrites nothing", async () => {
  const kept = drawer();
  const saves: Layout[] = [];
  const api: DeskApi = { load: () => Promise.reject(new Error("away")), save: async (l) => void saves.push(l) };
  const desk = createDesk(kept, api);
  await desk.open();
  desk.change(withPanel("notes"));
  await vi.runAllTimersAsync();
  expect([panels(read(kept.text)), saves]).toEqual([["notes"], []]);
});
