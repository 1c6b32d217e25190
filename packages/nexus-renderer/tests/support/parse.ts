/** Trees for tests, made from text: acorn gives the ESTree that the kernel's parser gives. */
import { parseExpressionAt } from "acorn";
import { CATALOGUE, CATALOGUE_HASH } from "../../src/generated/catalogue";
import type {
  Arg,
  BindingValue,
  ComponentNode,
  Expression,
  ExpressionValue,
  IfNode,
  IterateNode,
  Json,
  PanelAst,
  TextNode,
  Tool,
  Value,
  ViewNode,
} from "../../src/generated/protocol";

export const LOC = { line: 1, column: 1, endLine: 1, endColumn: 1 };

export function tree(source: string): Expression {
  const text = `(${source}\n)`;
  const parsed = parseExpressionAt(text, 0, { ecmaVersion: 2023 });
  return JSON.parse(JSON.stringify(parsed)) as Expression;
}

export const expression = (source: string): ExpressionValue => ({
  kind: "expression",
  source,
  tree: tree(source),
});
export const binding = (source: string): BindingValue => ({
  kind: "binding",
  source,
  tree: tree(source),
});

/** `{…}` is an expression, `a {b} c` a template, anything else a literal. */
export function value(given: Json): Value {
  if (typeof given !== "string" || !given.includes("{")) return { kind: "literal", value: given };
  const whole = /^\{([^]*)\}$/.exec(given);
  if (whole && !/\}[^}]*\{/.test(whole[1] as string)) return expression(whole[1] as string);
  const parts = given
    .split(/\{([^}]*)\}/)
    .map((part, index) => (index % 2 ? expression(part) : part));
  return { kind: "template", parts };
}

type Child = ViewNode | string;
let counter = 0;
const address = (): string => `node-${(counter += 1)}`;
const nodes = (children: Child[]): ViewNode[] =>
  children.map((c) => (typeof c === "string" ? text(c) : c));

export function text(content: string): TextNode {
  return { kind: "text", address: address(), value: value(content), loc: LOC };
}

export function el(
  type: string,
  attributes: Record<string, Json> = {},
  ...children: Child[]
): ComponentNode {
  const { id, ...rest } = attributes;
  const props = Object.fromEntries(
    Object.entries(rest).map(([name, given]) => [
      name,
      name === "bind"
        ? binding(given as string)
        : name === "args"
          ? expression(given as string)
          : value(given),
    ]),
  );
  const columns = Object.hasOwn(CATALOGUE, type) ? CATALOGUE[type as "Text"].columns : 12;
  return {
    kind: "component",
    type,
    id: id as string | undefined,
    address: id ? `#${String(id)}` : address(),
    props,
    children: nodes(children),
    layout: { colSpan: columns, newRow: false },
    known: Object.hasOwn(CATALOGUE, type),
    loc: LOC,
  };
}

export function when(condition: string, children: Child[], otherwise: Child[] = []): IfNode {
  return {
    kind: "if",
    address: address(),
    condition: expression(condition),
    children: nodes(children),
    otherwise: nodes(otherwise),
    layout: { colSpan: 12, newRow: false },
    loc: LOC,
  };
}

export function each(
  items: string,
  name: string,
  key: string | null,
  ...children: Child[]
): IterateNode {
  return {
    kind: "iterate",
    address: address(),
    items: expression(items),
    name,
    key,
    children: nodes(children),
    layout: { colSpan: 12, newRow: false },
    loc: LOC,
  };
}

export function tool(name: string, ...args: string[]): Tool {
  const address = `Logic/Tool[${name}]`;
  const declared = args.map((arg): Arg => ({
    name: arg,
    type: "any",
    required: true,
    address: `${address}/Arg[${arg}]`,
    loc: LOC,
  }));
  const handler = {
    code: "",
    capabilities: [],
    declared: false,
    calls: [],
    address: `${address}/Handler`,
    loc: LOC,
  };
  return { name, args: declared, triggers: [], handler, address, loc: LOC };
}

interface PanelParts {
  readonly computed?: Readonly<Record<string, string>>;
  readonly tools?: readonly Tool[];
  readonly title?: string;
}

export function panel(
  view: ViewNode | null,
  { computed = {}, tools = [], title }: PanelParts = {},
): PanelAst {
  return {
    kind: "panel",
    title,
    tags: [],
    data: {
      states: [],
      computed: Object.entries(computed).map(([name, source]) => ({
        name,
        type: "any",
        value: expression(source),
        reads: [],
        address: `Data/Computed[${name}]`,
        loc: LOC,
      })),
    },
    logic: { extensions: [], tools, lifecycles: [] },
    view,
    tests: [],
    catalogueHash: CATALOGUE_HASH,
    loc: LOC,
  };
}

const CUSTOM_OWN = new Set(["id", "module", "component", "trigger", "args", "visible", "aria-label"]);

/** A CustomComponent as the parser makes it: `bind:name` paths, `on:event` tools, other values. */
export function customEl(attributes: Record<string, Json>, ...children: Child[]): ComponentNode {
  const entries = Object.entries(attributes);
  const own = entries.filter(([name]) => CUSTOM_OWN.has(name));
  const free = entries.filter(([name]) => !CUSTOM_OWN.has(name));
  const named = (prefix: string): [string, string][] =>
    free
      .filter(([name]) => name.startsWith(prefix))
      .map(([name, given]) => [name.slice(prefix.length), given as string]);
  return {
    ...el("CustomComponent", Object.fromEntries(own), ...children),
    custom: {
      props: Object.fromEntries(
        free.filter(([name]) => !name.includes(":")).map(([name, given]) => [name, value(given)]),
      ),
      bindings: Object.fromEntries(named("bind:").map(([name, path]) => [name, binding(path)])),
      events: Object.fromEntries(named("on:")),
    },
  };
}
