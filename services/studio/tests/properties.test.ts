import type { PanelAst, Value, ViewNode } from "nexus-renderer";
import { expect, test } from "vitest";

import { marked } from "../src/properties/marking.ts";
import { newest, remember } from "../src/properties/useNode.ts";
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
  const { ast, nodes } = marked({ view } as PanelAst);
  expect(nodes.map(({ type }) => type)).toEqual(["Layout", "Text", "Button", "Link", "Image"]);
  expect([...JSON.stringify(ast).matchAll(/"(?:big )?st-node-(\d)"/g)].map(([, number]) => number)).toEqual(["0", "1", "2", "3"]);
  expect(JSON.stringify(ast)).toContain('"big st-node-1"');
});

test("a change is made on what our own changes before it have left, also when they went in a circle", () => {
  const made = new Map<string, string>();
  remember(made, "a", "b");
  remember(made, "b", "c");
  expect([newest(made, "a"), newest(made, "b"), newest(made, "theirs")]).toEqual(["c", "c", "theirs"]);
  remember(made, "c", "a");
  expect([newest(made, "a"), newest(made, "b"), newest(made, "c")]).toEqual(["a", "a", "a"]);
});
