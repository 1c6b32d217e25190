// @requirement ui.renderer
/** Long lists: which rows are drawn, and that they say where they are. */
import { act } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JsonObject } from "../src/generated/protocol";
import { draw } from "./support/render";
import { each, el, panel } from "./support/parse";

/** What tells the renderer that the end of what is drawn has come in sight. */
class Sight {
  static all: Sight[] = [];
  readonly seen: Element[] = [];
  constructor(readonly tell: (entries: unknown[]) => void) {
    Sight.all.push(this);
  }
  observe(element: Element): void {
    this.seen.push(element);
  }
  disconnect(): void {
    Sight.all = Sight.all.filter((other) => other !== this);
  }
  /** The space after the rows has come in sight, to that depth in pixels. */
  static reach(depth: number): void {
    const newest = Sight.all.at(-1) as Sight;
    const target = newest.seen.at(-1);
    const rect = (top: number, bottom: number) => ({ top, bottom, height: bottom - top });
    const entry = { target, isIntersecting: true, boundingClientRect: rect(0, 20_000) };
    act(() => newest.tell([{ ...entry, intersectionRect: rect(0, depth) }]));
  }
}

beforeEach(() => {
  Sight.all = [];
  vi.stubGlobal("IntersectionObserver", Sight);
});
afterEach(() => void vi.unstubAllGlobals());

const rows = (count: number): JsonObject => ({
  rows: Array.from({ length: count }, (_, id) => ({ id, title: `t${id}` })),
});
const VIEW = el(
  "List",
  { "aria-label": "Rows" },
  each(
    "$state.rows",
    "row",
    "id",
    el("ListItem", {}, el("Input", { bind: "$scope.row.title", "aria-label": "{$scope.row.id}" })),
  ),
);
const shown = (): string[] =>
  [...document.querySelectorAll("input")].map((field) => field.getAttribute("aria-label") as string);
const field = (name: string): HTMLInputElement =>
  document.querySelector(`input[aria-label="${name}"]`) as HTMLInputElement;
const range = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, n) => String(from + n));

describe("an Iterate", () => {
  test("of up to 500 rows draws all of them, and nothing else", () => {
    const { container } = draw(panel(VIEW), rows(500));
    expect(shown()).toEqual(range(0, 500));
    expect(container.querySelectorAll("li")).toHaveLength(500);
    expect(container.querySelector("[aria-setsize]")).toBeNull();
  });

  test("of more draws the first ones, and keeps the place of the others", () => {
    const { container } = draw(panel(VIEW), rows(10_000));
    expect(shown()).toEqual(range(0, 200));
    const after = container.querySelector<HTMLElement>("ul > li:last-child");
    expect([after?.style.height, after?.getAttribute("aria-hidden")]).toEqual(["392000px", "true"]);
  });

  test("draws the rows that come in sight, and says which they are", () => {
    draw(panel(VIEW), rows(10_000));
    Sight.reach(4_000);
    expect(shown()).toEqual(range(150, 350));
    const item = field("200").closest("li");
    const place = ["aria-posinset", "aria-setsize"].map((name) => item?.getAttribute(name));
    expect(place).toEqual(["201", "10000"]);
    Sight.reach(1e9);
    expect(shown()).toEqual(range(9_800, 10_000));
  });

  test("takes no row away while the focus is in one", () => {
    draw(panel(VIEW), rows(10_000));
    const first = field("0");
    first.focus();
    Sight.reach(4_000);
    expect(shown()).toEqual(range(0, 350));
    expect(document.activeElement).toBe(first);
  });

  test("keeps its rows and the focus when it becomes a long one", () => {
    const { store } = draw(panel(VIEW), rows(500));
    const focused = field("3");
    focused.focus();
    act(() => store.patch({ op: "add", path: "/rows/-", value: { id: 500, title: "t500" } }));
    expect(shown()).toEqual(range(0, 200));
    expect(document.activeElement).toBe(focused);
  });

  test("of a long list draws one row for one changed row", () => {
    const drawn: string[] = [];
    const Text = ({ props }: { props: { content: string } }) => {
      drawn.push(props.content);
      return <p>{props.content}</p>;
    };
    const view = each("$state.rows", "row", "id", el("Text", { content: "{$scope.row.title}" }));
    const { store } = draw(panel(el("Layout", {}, view)), rows(10_000), {}, { Text });
    drawn.length = 0;
    act(() => store.patch({ op: "replace", path: "/rows/7/title", value: "new" }));
    expect(drawn).toEqual(["new"]);
  });
});
