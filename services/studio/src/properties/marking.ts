/**
 * Which element on the page is which node of the panel: the tree is drawn with a class name of its
 * own on every component, and the class name leads back to the node. One that holds others and has
 * none yet has another, so that it can be seen.
 */
import type { ComponentNode, PanelAst, ViewNode } from "nexus-renderer";

import { specOf } from "./outline.ts";

const MARK = "st-node-";
const EMPTY = "st-empty";
const MARKED = /(?:^|\s)st-node-(\d+)(?:\s|$)/;

export interface Marked {
  /** The same panel, each component with its mark. */
  readonly ast: PanelAst;
  /** The addresses of the components by the numbers of their marks, in the order of the source. */
  readonly addresses: readonly string[];
}

export function marked(ast: PanelAst): Marked {
  const addresses: string[] = [];
  const mark = (node: ViewNode): ViewNode => {
    switch (node.kind) {
      case "component": {
        const name = MARK + (addresses.push(node.address) - 1);
        const isEmpty = node.children.length === 0 && specOf(node.type)?.content === "nodes";
        return { ...withClass(node, isEmpty ? `${name} ${EMPTY}` : name), children: node.children.map(mark) };
      }
      case "if":
        return { ...node, children: node.children.map(mark), otherwise: node.otherwise.map(mark) };
      case "iterate":
        return { ...node, children: node.children.map(mark) };
      case "text":
        return node;
    }
  };
  return { ast: ast.view == null ? ast : { ...ast, view: mark(ast.view) }, addresses };
}

/** The number of the component that an element belongs to; null outside of all. */
export function numberOf(element: Element | null): number | null {
  for (let at = element; at !== null; at = at.parentElement) {
    const number = MARKED.exec(at.getAttribute("class") ?? "")?.[1];
    if (number !== undefined) return Number(number);
  }
  return null;
}

/** The elements of a component: as many as an Iterate around it has items. */
export const elementsOf = (root: Element, number: number): readonly Element[] => [
  ...root.getElementsByClassName(MARK + number),
];

function withClass(node: ComponentNode, name: string): ComponentNode {
  const { className } = node.props;
  // Class names that are computed cannot be added to; such a node is chosen by what is around it.
  if (className !== undefined && className.kind !== "literal") return node;
  const given = typeof className?.value === "string" ? `${className.value} ` : "";
  return { ...node, props: { ...node.props, className: { kind: "literal", value: given + name } } };
}
