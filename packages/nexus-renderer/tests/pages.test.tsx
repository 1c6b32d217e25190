// @requirement ui.renderer
/** Components that show one thing in front of others: tabs and dialogs. */
import { act, fireEvent, screen } from "@testing-library/react";
import { describe, expect, test } from "vitest";
import type { Json } from "../src/generated/protocol";
import { draw } from "./support/render";
import { el, panel, tool } from "./support/parse";

const selected = (): string[] =>
  screen
    .getAllByRole("tab")
    .filter((tab) => tab.getAttribute("aria-selected") === "true")
    .map((tab) => tab.textContent ?? "");

describe("Tabs", () => {
  const tabs = (given: Record<string, Json> = {}, state: Record<string, Json> = {}) =>
    draw(
      panel(
        el(
          "Tabs",
          { "aria-label": "Views", ...given },
          el("Tab", { title: "One", value: "1" }, "first page"),
          el("Tab", { title: "Two", value: "2" }, "second page"),
          el("Tab", { title: "Hidden", visible: "{$state.all}" }, "third page"),
        ),
      ),
      { all: false, ...state },
    );

  test("show the first page, named by its tab, and no other", () => {
    const { container } = tabs();
    expect(screen.getByRole("tablist", { name: "Views" })).toBeDefined();
    expect(screen.getByRole("tabpanel", { name: "One" }).textContent).toBe("first page");
    expect(container.textContent).not.toContain("second page");
  });

  test("show the page whose tab is pressed", async () => {
    const { user } = tabs();
    await user.click(screen.getByRole("tab", { name: "Two" }));
    expect(screen.getByRole("tabpanel", { name: "Two" }).textContent).toBe("second page");
  });

  test("are walked with the arrows, in a circle", async () => {
    const { user } = tabs();
    await user.tab();
    const seen = [];
    for (const key of ["{ArrowRight}", "{ArrowRight}", "{ArrowLeft}", "{Home}", "{End}"]) {
      await user.keyboard(key);
      expect(document.activeElement?.getAttribute("aria-selected")).toBe("true");
      seen.push(...selected());
    }
    expect(seen).toEqual(["Two", "One", "Two", "One", "Two"]);
  });

  test("follow and write what they are bound to, and run their tool after a change", async () => {
    const { store, user } = tabs({ bind: "$state.page", trigger: "changed" }, { page: "2" });
    expect(selected()).toEqual(["Two"]);
    await user.click(screen.getByRole("tab", { name: "One" }));
    expect(store.getSnapshot().state.page).toBe("1");
    act(() => store.patch({ op: "replace", path: "/page", value: "2" }));
    expect(selected()).toEqual(["Two"]);
    expect(store.calls).toEqual([{ tool: "changed", args: {} }]);
  });

  test("have a tab as long as it is visible", () => {
    const { store } = tabs();
    expect(screen.queryByRole("tab", { name: "Hidden" })).toBeNull();
    act(() => store.patch({ op: "replace", path: "/all", value: true }));
    expect(screen.getByRole("tab", { name: "Hidden" })).toBeDefined();
  });

  test("name the page that a tab controls, by its own id where it has one", () => {
    draw(panel(el("Tabs", {}, el("Tab", { id: "first", title: "One" }, "page"))));
    expect(screen.getByRole("tab").getAttribute("aria-controls")).toBe("nx-first");
    expect(screen.getByRole("tabpanel").id).toBe("nx-first");
  });

  test("without a page are an empty list", () => {
    draw(panel(el("Tabs")));
    expect(screen.getByRole("tablist").children).toHaveLength(0);
  });

  test("run the tool of what is chosen, with its own arguments, after their own", async () => {
    const pages = [1, 2].map((n) => el("Tab", { title: `Page ${n}`, trigger: "shown", args: `{ page: ${n} }` }));
    const view = el("Tabs", { trigger: "left", args: "{ from: 'here' }" }, ...pages);
    const { user, store } = draw(panel(view, { tools: [tool("left", "from"), tool("shown", "page")] }));
    await user.click(screen.getByRole("tab", { name: "Page 1" }));
    expect(store.calls).toEqual([]);
    await user.click(screen.getByRole("tab", { name: "Page 2" }));
    const told = store.calls.map((call) => [call.tool, call.args]);
    expect(told).toEqual([["left", { from: "here" }], ["shown", { page: 2 }]]);
  });

  test("a tab that stands alone is what it holds", () => {
    draw(panel(el("Tab", { title: "Alone" }, "inside")));
    expect(screen.getByText("inside")).toBeDefined();
    expect(screen.queryByRole("tabpanel")).toBeNull();
  });
});

describe("Modal", () => {
  const modal = (given: Record<string, Json>, state: Record<string, Json> = {}) =>
    draw(panel(el("Modal", { title: "Sure?", trigger: "closed", ...given }, "inside")), state);

  test("is there while what it is bound to holds, named by its title", () => {
    const { store } = modal({ bind: "$state.asking" }, { asking: false });
    expect(screen.queryByRole("dialog")).toBeNull();
    act(() => store.patch({ op: "replace", path: "/asking", value: true }));
    const dialog = screen.getByRole<HTMLDialogElement>("dialog", { name: "Sure?" });
    expect([dialog.open, dialog.textContent]).toEqual([true, "Sure?inside"]);
  });

  test.each<[string, (dialog: HTMLElement) => void]>([
    ["Escape", (dialog) => void fireEvent(dialog, new Event("cancel", { cancelable: true }))],
    ["its button", () => void fireEvent.click(screen.getByRole("button", { name: "Close" }))],
  ])("is closed by %s, which is written and runs its tool once", (_name, close) => {
    const { store } = modal({ bind: "$state.asking" }, { asking: true });
    close(screen.getByRole("dialog"));
    expect(screen.queryByRole("dialog")).toBeNull();
    expect(store.getSnapshot().state).toEqual({ asking: false });
    expect(store.calls).toEqual([{ tool: "closed", args: {} }]);
  });

  test("that is not bound stays closed until it is to open anew", () => {
    const { store } = modal({ open: "{$state.n > 0}" }, { n: 1 });
    fireEvent.click(screen.getByRole("button", { name: "Close" }));
    act(() => store.patch({ op: "replace", path: "/n", value: 2 }));
    expect(screen.queryByRole("dialog")).toBeNull();
    act(() => store.patch({ op: "replace", path: "/n", value: 0 }));
    act(() => store.patch({ op: "replace", path: "/n", value: 1 }));
    expect(screen.getByRole("dialog")).toBeDefined();
  });
});
