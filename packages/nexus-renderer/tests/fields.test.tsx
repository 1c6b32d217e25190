// @requirement ui.renderer
/** Fields that choose, and the form that takes fields together. */
import { act, fireEvent, screen, waitFor } from "@testing-library/react";
import { describe, expect, test, vi } from "vitest";
import type { Json } from "../src/generated/protocol";
import { draw } from "./support/render";
import { el, panel } from "./support/parse";

describe("Checkbox", () => {
  test("turns its boolean over, by pointer and by keyboard, then runs its tool", async () => {
    const { store, user } = draw(
      panel(el("Checkbox", { label: "Agree", bind: "$state.ok", trigger: "changed" })),
      { ok: false },
    );
    const box = screen.getByRole<HTMLInputElement>("checkbox", { name: "Agree" });
    await user.click(screen.getByText("Agree"));
    expect(box.checked).toBe(true);
    await user.keyboard(" ");
    expect(store.getSnapshot().state).toEqual({ ok: false });
    expect(store.calls.map((call) => call.tool)).toEqual(["changed", "changed"]);
  });

  test("without a label is called by what it is bound to", () => {
    draw(panel(el("Checkbox", { bind: "$state.user.active" })), {
      user: { active: true },
    });
    expect(screen.getByRole("checkbox", { name: "active" })).toBeDefined();
  });
});

describe("Select", () => {
  const drawSelect = (options: Json, value: Json) =>
    draw(
      panel(
        el("Select", {
          label: "Size",
          bind: "$state.size",
          options: "{$state.options}",
          trigger: "changed",
          args: "{ size: $state.size }",
        }),
      ),
      { size: value, options },
    );

  test("shows the label of the value in the state", () => {
    drawSelect([{ value: "s", label: "Small" }, { value: "l" }], "s");
    const field = screen.getByLabelText<HTMLSelectElement>("Size");
    expect(field.selectedOptions[0]?.textContent).toBe("Small");
    expect([...field.options].map((option) => option.textContent)).toEqual(["Small", "l"]);
  });

  test("writes the value with its type, then runs its tool", async () => {
    const { store, user } = drawSelect([1, 2, "2"], 1);
    const field = screen.getByLabelText<HTMLSelectElement>("Size");
    await user.selectOptions(field, field.options[1] as HTMLOptionElement);
    expect(store.getSnapshot().state.size).toBe(2);
    expect(store.calls).toEqual([{ tool: "changed", args: { size: 2 } }]);
  });

  test.each([
    [null, "Choose…"],
    ["2", "2"],
  ])("shows a value that is no option, %j, as what it is", (value, shown) => {
    drawSelect([1, 2], value);
    const field = screen.getByLabelText<HTMLSelectElement>("Size");
    expect(field.selectedOptions[0]?.textContent).toBe(shown);
  });
});

describe("Slider", () => {
  test("shows and writes its number while it moves, and runs its tool when it is let go", () => {
    const { store } = draw(
      panel(
        el("Slider", { label: "Volume", bind: "$state.v", min: 0, max: 10, step: 0.5, trigger: "t" }),
      ),
      { v: 2 },
    );
    const slider = screen.getByRole<HTMLInputElement>("slider", { name: "Volume" });
    expect([slider.min, slider.max, slider.step]).toEqual(["0", "10", "0.5"]);
    fireEvent.input(slider, { target: { value: "3.5" } });
    expect([store.getSnapshot().state.v, screen.getByText("3.5").className]).toEqual([
      3.5,
      "nx-slider-value",
    ]);
    expect(store.calls).toEqual([]);
    act(() => void slider.dispatchEvent(new Event("change", { bubbles: true })));
    expect(store.calls).toEqual([{ tool: "t", args: {} }]);
  });
});

describe("Form", () => {
  const form = (...children: Parameters<typeof el>[2][]) =>
    draw(
      panel(el("Form", { trigger: "save", args: "{ a: $state.a }", "aria-label": "F" }, ...children)),
      { a: "", b: "", on: false },
    );
  const field = (name: string, more: Record<string, Json> = {}) =>
    el("Input", { label: name, bind: `$state.${name}`, ...more });

  test("is submitted by Enter in any of its fields, once, with what was typed", async () => {
    const { store, user } = form(field("a"), field("b"));
    await user.type(screen.getByLabelText("a"), "x{Enter}");
    expect(store.calls).toEqual([{ tool: "save", args: { a: "x" } }]);
  });

  test("is submitted by Enter in its only field once", async () => {
    const { store, user } = form(field("a"), el("Button", { label: "Save" }));
    await user.type(screen.getByLabelText("a"), "x{Enter}");
    expect(store.calls).toHaveLength(1);
  });

  test("is submitted by a button without a tool, and by none with one", async () => {
    const { store, user } = form(
      el("Button", { label: "Save" }),
      el("Button", { label: "Other", trigger: "other" }),
    );
    await user.click(screen.getByRole("button", { name: "Save" }));
    await user.click(screen.getByRole("button", { name: "Other" }));
    expect(store.calls.map((call) => call.tool)).toEqual(["save", "other"]);
  });

  test("is submitted once while its tool runs, and its button says that it does", async () => {
    let finish: () => void = () => undefined;
    const { store, user } = draw(
      panel(el("Form", { trigger: "slow" }, el("Button", { label: "Save" }))),
      {},
      { slow: () => new Promise((resolve) => (finish = () => resolve([]))) },
    );
    const button = screen.getByRole("button", { name: "Save" });
    await user.click(button);
    await user.click(button);
    expect(store.calls).toHaveLength(1);
    await waitFor(() => expect(button.getAttribute("aria-busy")).toBe("true"));
    await act(async () => finish());
    expect(button.getAttribute("aria-busy")).toBeNull();
  });

  test("is not submitted while its button is disabled", async () => {
    const { store, user } = form(
      field("a"),
      el("Button", { label: "Save", disabled: "{$state.a === ''}" }),
    );
    await user.type(screen.getByLabelText("a"), "{Enter}");
    expect(store.calls).toEqual([]);
    await user.type(screen.getByLabelText("a"), "x{Enter}");
    expect(store.calls).toEqual([{ tool: "save", args: { a: "x" } }]);
  });

  test("is not submitted by a field with a tool of its own, which runs that", async () => {
    const { store, user } = form(field("a", { trigger: "own" }));
    await user.type(screen.getByLabelText("a"), "{Enter}");
    expect(store.calls.map((call) => call.tool)).toEqual(["own"]);
  });

  test("takes a field of several lines on Ctrl+Enter only", async () => {
    const { store, user } = form(field("a", { multiline: true }));
    await user.type(screen.getByLabelText("a"), "x{Enter}y");
    expect(store.calls).toEqual([]);
    await user.type(screen.getByLabelText("a"), "{Control>}{Enter}{/Control}");
    expect(store.calls).toEqual([{ tool: "save", args: { a: "x\ny" } }]);
  });

  test("is a named region that never leaves the page", () => {
    form();
    const element = screen.getByRole("form", { name: "F" });
    expect(fireEvent.submit(element)).toBe(false);
  });

  test("in another form says that it cannot be", () => {
    const silenced = vi.spyOn(console, "error").mockImplementation(() => undefined);
    form(el("Form", { trigger: "inner" }, "inside"));
    expect(screen.getByRole("alert").textContent).toContain("it stands in another Form");
    silenced.mockRestore();
  });
});
