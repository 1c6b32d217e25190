import type { PanelAst, Value, ViewNode } from "nexus-renderer";
import { expect, test } from "vitest";

import { marked } from "../src/properties/marking.ts";
import { writtenOf } from "../src/properties/written.ts";

const expression = (source: string) => ({ kind: "expression", source, tree: {} }) as Extract<Value, { kind: "expression" }>;

test.each<[string, Value | undefined, string]>([
  ["nothing", undefined, ""],
  ["a text", { kind: "literal", value: "Hello" }, "Hello"],
  ["a text with braces", { kind: "literal", value: "{x}" }, "{{x}}"],
  ["a number", { kind: "literal", value: 3 }, "3"],
  ["a truth", { kind: "literal", value: false }, "false"],
  ["a list", { kind: "literal", value: [1, 2] }, "{[1,2]}"],
  ["an expression", expression("$state.count + 1"), "{$state.count + 1}"],
  ["a binding", { ...expression("$state.draft"), kind: "binding" } as Value, "$state.draft"],
  ["text with an expression in it", { kind: "template", parts: ["{ ", expression("$state.n"), " items"] }, "{{ {$state.n} items"],
])("%s is written as its author writes it", (_, value, text) => {
  expect(writtenOf(value)).toBe(text);
});

const component = (type: string, props: object, children: readonly ViewNode[] = []): ViewNode =>
  ({ kind: "component", type, address: type, props, children }) as unknown as ViewNode;

test("every component is marked, inside of lists and branches too, and keeps its class names", () => {
  const view = component("Layout", {}, [
    component("Text", { className: { kind: "literal", value: "big" } }),
    { kind: "if", children: [component("Button", {})], otherwise: [component("Link", {})] } as unknown as ViewNode,
    component("Image", { className: expression("$state.look") }),
  ]);
  const { ast, addresses } = marked({ view } as PanelAst);
  expect(addresses).toEqual(["Layout", "Text", "Button", "Link", "Image"]);
  expect([...JSON.stringify(ast).matchAll(/"(?:big )?st-node-(\d)"/g)].map(([, number]) => number)).toEqual(["0", "1", "2", "3"]);
  expect(JSON.stringify(ast)).toContain('"big st-node-1"');
});
