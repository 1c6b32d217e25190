// @requirement ui.renderer
/** Trees that no parser made: the attack corpus, and shapes that would hang or break a page. */
import { render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NXMLRenderer } from "../src/index";
import type { PanelAst, ViewNode } from "../src/generated/protocol";
import { MemoryPanel } from "../src/testing";
import corpus from "../../../tests/security/ast.hostile.json";
import { draw } from "./support/render";
import { el, LOC, panel, text } from "./support/parse";

const alert = vi.fn();

beforeEach(() => {
  vi.stubGlobal("alert", alert);
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  alert.mockReset();
});

/** The corpus gives nodes in a loose shape; here each becomes the nearest thing this tree has. */
function toNode(source: string): ViewNode {
  const {
    type,
    props = {},
    children = [],
  } = JSON.parse(source) as {
    type: unknown;
    props?: Record<string, unknown>;
    children?: unknown[];
  };
  const values = Object.entries(props).map(([name, value]) => [name, { kind: "literal", value }]);
  return {
    kind: "component",
    type,
    address: "hostile",
    props: Object.fromEntries(values),
    children: children.map((child) => text(String(child))),
    layout: { colSpan: 12, newRow: false },
    known: false,
    loc: LOC,
  } as unknown as ViewNode;
}

const nodes = corpus.cases.filter(({ node }) => !node.startsWith("recipe:"));
/** A link is the one thing here that a panel may have: to an allowed address, and cut off from it. */
const DANGEROUS =
  "script, iframe, object, embed, img, link, base, form, svg use, [srcdoc], [onclick], [onerror], a:not([href^='https://'][rel='noopener noreferrer'])";

describe("a hostile node", () => {
  test.each(nodes)("$id is drawn inert, and its sibling is there", ({ node }) => {
    const { container } = draw(
      panel(el("Layout", {}, toNode(node), el("Text", { content: "sibling" }))),
      { p: { onclick: "alert(1)" } },
    );
    expect(container.querySelector(DANGEROUS)).toBeNull();
    expect(
      container.querySelector("[style*='url'], [style*='position'], [style*='fixed']"),
    ).toBeNull();
    expect(screen.getByText("sibling")).toBeDefined();
    expect(alert).not.toHaveBeenCalled();
  });

  test.each(nodes)("$id as the corpus has it, without a kind, is drawn inert too", ({ node }) => {
    const { container } = draw(
      panel(el("Layout", {}, JSON.parse(node) as ViewNode, el("Text", { content: "sibling" }))),
    );
    expect(container.querySelector(DANGEROUS)).toBeNull();
    expect(screen.getByText("sibling")).toBeDefined();
  });

  test.each([
    ["expr-proto", "$state.constructor.constructor('alert(1)')()", "constructor is not allowed"],
    ["expr-redos", "/^(a+)+$/.test($state.s)", "can match in several ways"],
    ["expr-endless", "((f) => f(f))((f) => f(f))", ""],
    ["iterate-1e7", "({ length: 10000000 })", "10000000"],
  ])("%s shows an error or text and runs nothing", (_id, source, message) => {
    const { container } = draw(
      panel(
        el(
          "Layout",
          {},
          el("Text", { content: `{${source}}` }),
          el("Text", { content: "sibling" }),
        ),
      ),
      { s: "a".repeat(40) },
    );
    expect(container.innerHTML).toContain(message);
    expect(screen.getByText("sibling")).toBeDefined();
    expect(alert).not.toHaveBeenCalled();
  });

  test.each<[string, unknown]>([
    ["a value of no kind", { kind: "script", value: "x" }],
    ["a value that is null", null],
    ["an expression without a tree", { kind: "expression", source: "x" }],
    ["a template without parts", { kind: "template" }],
  ])("with %s for content is an error mark", (_name, value) => {
    const node = { ...el("Text"), props: { content: value } } as unknown as ViewNode;
    draw(panel(el("Layout", {}, node, el("Text", { content: "sibling" }))));
    expect(screen.getByText("sibling")).toBeDefined();
  });
});

describe("a tree that is too much", () => {
  function drawView(view: unknown): void {
    const ast = { ...panel(null), view } as PanelAst;
    render(<NXMLRenderer ast={ast} store={new MemoryPanel(ast)} />);
  }

  test("in depth is an error card", () => {
    let view: ViewNode = text("deep");
    for (let depth = 0; depth < 5000; depth += 1) view = el("Container", {}, view);
    drawView(view);
    expect(screen.getByRole("alert").textContent).toContain("nested deeper than 100 levels");
  });

  test("in width is an error card", () => {
    const leaf = el("Text", { content: "x" });
    drawView({ ...el("Layout"), children: Array(100_000).fill(leaf) });
    expect(screen.getByRole("alert").textContent).toContain("more than 20000 nodes");
  });

  test("since it contains itself is an error card", () => {
    const view = el("Container") as unknown as { children: unknown[] };
    view.children = [view];
    drawView(view);
    expect(screen.getByRole("alert").textContent).toContain("The panel cannot be drawn");
  });
});
