// @requirement ui.renderer
/** A panel whose state its host gives. */
import { act, render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { useState } from "react";
import { describe, expect, test, vi } from "vitest";
import { NXMLRenderer } from "../src/index";
import type { JsonObject } from "../src/generated/protocol";
import { each, el, panel } from "./support/parse";

const AST = panel(
  el(
    "Layout",
    {},
    el("Text", { content: "Hello {$state.user.name}, {$state.length}" }),
    el("Input", { label: "Name", bind: "$state.user.name" }),
    each("$state.xs", "x", null, el("Input", { bind: "$scope.x", "aria-label": "x{$scope.index}" })),
    el("Button", { label: "Save", trigger: "save", args: "{ name: $state.user.name }" }),
  ),
  { computed: { length: "$state.user.name.length" } },
);
const STATE: JsonObject = { user: { name: "Ada" }, xs: ["a", "b"] };

describe("a state that is given", () => {
  test("is drawn, with computed values, and drawn anew when it is another", () => {
    const { rerender } = render(<NXMLRenderer ast={AST} state={STATE} />);
    expect(screen.getByText("Hello Ada, 3")).toBeDefined();
    rerender(<NXMLRenderer ast={AST} state={{ ...STATE, user: { name: "Grace" } }} />);
    expect(screen.getByText("Hello Grace, 5")).toBeDefined();
  });

  test("shows what is typed at once, and tells of it", async () => {
    const onSet = vi.fn();
    render(<NXMLRenderer ast={AST} state={STATE} onSet={onSet} />);
    await userEvent.type(screen.getByLabelText("Name"), "!");
    await userEvent.type(screen.getByLabelText("x1"), "!");
    expect(screen.getByText("Hello Ada!, 4")).toBeDefined();
    expect(onSet.mock.calls).toEqual([
      ["/user/name", "Ada!"],
      ["/xs/1", "b!"],
    ]);
    expect(STATE).toEqual({ user: { name: "Ada" }, xs: ["a", "b"] });
  });

  test("may be kept by the host, whose values stand", async () => {
    const Host = () => {
      const [name, setName] = useState("ada");
      const state = { user: { name }, xs: [] };
      const keep = (_path: string, value: unknown) => setName(String(value).toUpperCase());
      return <NXMLRenderer ast={AST} state={state} onSet={keep} />;
    };
    render(<Host />);
    await userEvent.type(screen.getByLabelText("Name"), "xy");
    expect(screen.getByText("Hello ADAXY, 5")).toBeDefined();
  });

  test("runs the tools of the host, and shows what they throw", async () => {
    const onTrigger = vi.fn().mockResolvedValueOnce(undefined).mockRejectedValueOnce(new Error("Full"));
    render(<NXMLRenderer ast={AST} state={STATE} onTrigger={onTrigger} />);
    const save = screen.getByRole("button", { name: "Save" });
    await userEvent.click(save);
    expect(screen.queryByRole("alert")).toBeNull();
    await act(async () => save.click());
    expect(screen.getByRole("alert").textContent).toContain("Full");
    expect(onTrigger.mock.calls).toEqual([
      ["save", { name: "Ada" }],
      ["save", { name: "Ada" }],
    ]);
  });
});
