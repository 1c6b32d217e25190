/** What can be set of an item of the view: which fields, what is in them, and the change that sets one. */
import type { PanelAst, Value } from "nexus-renderer";

import { type Attribute, attributesOf } from "./catalogue.ts";
import { type Item, nameShown, pathOf } from "./outline.ts";
import { type Plan, removed } from "./rearranging.ts";
import { escapedText } from "./written.ts";

const TEXT: Attribute = {
  name: "text",
  type: "string",
  required: true,
  default: null,
  choices: [],
  doc: "What is shown; {…} is an expression.",
};

/** The fields of an item: its own, and those of every component. */
export function fieldsOf({ node, name }: Item): readonly [readonly Attribute[], readonly Attribute[]] {
  if (node === null) return [[], []];
  if (node.kind === "text") return [[TEXT], []];
  const [own, common] = attributesOf(name);
  return [own, node.kind === "component" ? common : []];
}

/** What an attribute is now; nothing where it is not given. */
export function valueOf({ node }: Item, name: string): Value | undefined {
  switch (node?.kind) {
    case undefined:
      return undefined;
    case "text":
      return node.value;
    case "if":
      return node.condition;
    case "iterate":
      return { items: node.items, as: literal(node.name), key: literal(node.key) }[name];
    case "component":
      return name === "id" ? literal(node.id) : node.props[name];
  }
}

const literal = (value: string | null | undefined): Value | undefined =>
  value ? { kind: "literal", value } : undefined;

/** Write an attribute, or a text; an empty one takes it away. */
export function setTo(item: Item, name: string, text: string): Plan {
  const { address, node } = item;
  const said = `${name} of ${nameShown(item)} set`;
  if (node?.kind !== "text") return { steps: [{ type: "Set", address, name, text }], path: pathOf(item), said };
  if (text.trim() === "") return removed(item);
  return { steps: [{ type: "Replace", address, nxml: escapedText(text) }], path: pathOf(item), said };
}

/** What may be meant by an expression or a binding: the values of the panel. */
export function offersOf({ type }: Attribute, ast: PanelAst | null): readonly string[] {
  if (ast === null) return [];
  const states = ast.data.states.map(({ name }) => `$state.${name}`);
  const computed = ast.data.computed.map(({ name }) => `$state.${name}`);
  switch (type) {
    case "binding":
      return states;
    case "condition":
    case "expression":
    case "list":
    case "any":
      return [...states, ...computed].map((path) => `{${path}}`);
    default:
      return [];
  }
}
