// @requirement ui.renderer
/** The gallery, which is looked at and which axe walks, leaves nothing out. */
import { expect, test } from "vitest";
import { AST } from "../dev/gallery-panel";
import { CATALOGUE } from "../src/generated/catalogue";
import type { ViewNode } from "../src/generated/protocol";

/** `Type` and `Type.property` of everything in a tree. */
function used(nodes: readonly ViewNode[]): string[] {
  return nodes.flatMap((node) => {
    switch (node.kind) {
      case "text":
        return [];
      case "if":
        return ["If", "If.condition", "Else", ...used(node.children), ...used(node.otherwise)];
      case "iterate":
        return ["Iterate", "Iterate.items", "Iterate.as", "Iterate.key", ...used(node.children)];
      case "component": {
        const names = Object.keys(node.props).map((name) => `${node.type}.${name}`);
        return [node.type, ...names, ...used(node.children)];
      }
    }
  });
}

test("the gallery shows every component with every property of its own", () => {
  const shown = new Set(used(AST.view ? [AST.view] : []));
  const wanted = Object.entries(CATALOGUE).flatMap(([type, { props }]) => [
    type,
    ...Object.keys(props).map((name) => `${type}.${name}`),
  ]);
  expect(wanted.filter((each) => !shown.has(each))).toEqual([]);
});
