// @requirement ui.renderer
/** What handlers do to components by `$view`. */
import { act, screen } from "@testing-library/react";
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { Json } from "../src/generated/protocol";
import { draw } from "./support/render";
import { el, panel } from "./support/parse";

const VIEW = el(
  "Layout",
  {},
  el("Text", { id: "status", content: "{$state.status}" }),
  el("Input", { id: "name", label: "Name", bind: "$state.name", visible: "{$state.open}" }),
  el("Link", { id: "more", label: "More", href: "/docs" }),
  el("Table", { id: "people", data: "{$state.people}" }),
);
const STATE = {
  status: "ready",
  name: "",
  open: false,
  people: [{ name: "Ada" }, { name: "Grace" }, { name: "Alan" }],
};

const drawn = () => draw(panel(VIEW), STATE);
type Drawn = ReturnType<typeof drawn>;
const tell = ({ store }: Drawn, id: string, method: string, ...args: Json[]): void =>
  act(() => store.view({ id, method, args }));
const rows = (): (string | null)[] =>
  [...document.querySelectorAll("tbody tr")].map((row) => row.textContent);

beforeEach(() => {
  vi.stubGlobal("requestAnimationFrame", (frame: () => void) => void queueMicrotask(frame));
  return () => vi.unstubAllGlobals();
});

describe("a handler", () => {
  test("sets a property until it sets it to null, whatever the state does meanwhile", () => {
    const panel = drawn();
    tell(panel, "status", "setProp", "content", "busy");
    expect(screen.queryByText("busy")).not.toBeNull();
    act(() => panel.store.patch({ op: "replace", path: "/status", value: "done" }));
    expect(screen.queryByText("busy")).not.toBeNull();
    tell(panel, "status", "setProp", "content", null);
    expect(screen.queryByText("done")).not.toBeNull();
  });

  test("shows a field and puts the focus into it", async () => {
    const panel = drawn();
    tell(panel, "name", "setProp", "visible", true);
    tell(panel, "name", "focus");
    await act(async () => undefined);
    expect(document.activeElement).toBe(screen.getByLabelText("Name"));
  });

  test("scrolls to a component", async () => {
    const panel = drawn();
    const scrolled = vi.fn();
    document.getElementById("nx-people")!.scrollIntoView = scrolled;
    tell(panel, "people", "scrollTo");
    await act(async () => undefined);
    expect(scrolled).toHaveBeenCalledOnce();
  });

  test("filters the rows of a table, and lets all of them be seen again", () => {
    const panel = drawn();
    tell(panel, "people", "setFilter", "AL");
    expect(rows()).toEqual(["Alan"]);
    tell(panel, "people", "setFilter", null);
    expect(rows()).toEqual(["Ada", "Grace", "Alan"]);
  });

  test("cannot set what is no property, nor lead to where no panel may", () => {
    const panel = drawn();
    tell(panel, "more", "setProp", "onClick", "alert(1)");
    tell(panel, "more", "setProp", "href", "javascript:alert(1)");
    expect(screen.queryByRole("link", { name: "More" })).toBeNull();
    expect(screen.getByText("More").outerHTML).not.toMatch(/alert|onclick/i);
  });

  test("is told where a component cannot do what it wants", () => {
    const panel = drawn();
    tell(panel, "people", "explode");
    expect(screen.getByRole("alert").textContent).toContain("has no explode");
  });

  test("does nothing to a component that is not there", () => {
    const panel = drawn();
    tell(panel, "nobody", "focus");
    tell(panel, "nobody", "setProp", "content", "x");
    expect(screen.queryByRole("alert")).toBeNull();
  });
});
