/**
 * Draws a panel of a thousand nodes for the first time.
 *
 * Beside it the same elements by React alone: what is left when nothing is looked up, evaluated,
 * checked or followed.
 */
import { createElement, type ReactNode } from "react";
import { flushSync } from "react-dom";
import { createRoot } from "react-dom/client";
import {
  type JsonObject,
  NXMLRenderer,
  type PanelAst,
  type ViewNode,
} from "../../../packages/nexus-renderer/src/index";
import { MemoryPanel } from "../../../packages/nexus-renderer/src/testing";
import { el, panel } from "../../../packages/nexus-renderer/tests/support/parse";

/** An element of the page as data. */
type Copy = string | { readonly name: string; readonly props: object; readonly children: readonly Copy[] };

declare global {
  interface Window {
    nodes: number;
    /** Draw the panel. */
    drawPanel: () => void;
    /** What was drawn, as data. */
    copy: () => Copy;
    /** Make ready to draw a copy by React alone. */
    take: (copy: Copy) => void;
    drawCopy: () => void;
  }
}

const NODES = 1_000;

/** A group as panels have them: ten nodes, most of them with something of the state in them. */
const group = (index: number): ViewNode =>
  el(
    "Container",
    { title: `Group ${index}` },
    el("Metric", { label: "Total", value: `{$state.groups[${index}].total}`, trend: "up" }),
    el("StatusBadge", { label: `{$state.groups[${index}].open ? 'Open' : 'Done'}`, status: "info" }),
    el("Text", { content: `{$state.groups[${index}].title} of {$state.groups.length}` }),
    el("Input", { label: "Title", bind: `$state.groups[${index}].title` }),
    el("Switch", { label: "Open", bind: `$state.groups[${index}].open` }),
    el(
      "Row",
      { gap: "sm" },
      el("Button", { label: "Save", trigger: "save", args: `{ index: ${index} }` }),
      el("Action", { label: "Delete", trigger: "drop" }),
      el("Text", { content: "Nothing of the state", variant: "caption" }),
    ),
  );

const state: JsonObject = {
  groups: Array.from({ length: NODES / 10 }, (_, n) => ({ title: `T${n}`, total: n, open: n % 2 > 0 })),
};
const ast: PanelAst = panel(el("Layout", {}, ...Array.from({ length: NODES / 10 }, (_, n) => group(n))));
const stage = document.getElementById("stage") as HTMLElement;

function draw(content: ReactNode): void {
  const box = stage.appendChild(document.createElement("div"));
  flushSync(() => createRoot(box).render(content));
}

const NAMES: Readonly<Record<string, string>> = { class: "className", for: "htmlFor", value: "defaultValue" };

function copied(node: Node): Copy {
  if (!(node instanceof globalThis.Element)) return node.textContent ?? "";
  const attributes = [...node.attributes].filter(({ name }) => name !== "style");
  return {
    name: node.localName,
    props: Object.fromEntries(attributes.map(({ name, value }) => [NAMES[name] ?? name, value])),
    children: [...node.childNodes].map(copied),
  };
}

/** One component for every element: what React does for a tree of components. */
function Element({ copy }: { readonly copy: Exclude<Copy, string> }): ReactNode {
  const children = copy.children.map((child, index) =>
    typeof child === "string" ? child : <Element key={index} copy={child} />,
  );
  return children.length > 0
    ? createElement(copy.name, copy.props, children)
    : createElement(copy.name, copy.props);
}

let taken: Copy = "";
window.nodes = count(ast.view);
window.drawPanel = () => draw(<NXMLRenderer ast={ast} store={new MemoryPanel(ast, state)} />);
window.copy = () => copied(stage.firstElementChild?.firstElementChild as HTMLElement);
window.take = (copy) => void (taken = copy);
window.drawCopy = () => draw(typeof taken === "string" ? taken : <Element copy={taken} />);

function count(node: ViewNode | null | undefined): number {
  const children = node && "children" in node ? node.children : [];
  return node ? children.reduce((sum, child) => sum + count(child), 1) : 0;
}
