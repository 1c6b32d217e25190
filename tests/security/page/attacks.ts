/**
 * Hostile panels, in a loose form that both renderers read.
 *
 * A payload comes into every property of every component and into properties that components have
 * in the page but not in a panel, each as it is written, from the state, and inside a template.
 */
import { CATALOGUE, COMMON } from "../../../packages/nexus-renderer/src/index";
import type {
  Json,
  JsonObject,
  PropSpec,
  Value,
  ViewNode,
} from "../../../packages/nexus-renderer/src/index";
import {
  binding,
  el,
  expression,
  LOC,
  text,
} from "../../../packages/nexus-renderer/tests/support/parse";

/** A node as the shared corpus writes it. */
export interface Loose {
  readonly type: unknown;
  readonly props?: Readonly<Record<string, unknown>>;
  readonly children?: readonly unknown[];
}

/** Properties of elements, which no component of a panel has. */
const FOREIGN =
  "href src srcDoc srcdoc style class onClick onclick onError onerror onLoad onload innerHTML " +
  "dangerouslySetInnerHTML formAction formaction action data poster xlinkHref is ref key children " +
  "as to html autofocus onfocus onmouseover";
const ELEMENTS =
  "a img iframe script style svg form object embed link meta base math video input p";

/** Every place of every component with a payload in it. */
export function everywhere(payload: Json): readonly Loose[] {
  const common: readonly PropSpec[] = Object.values(COMMON);
  const foreign = Object.fromEntries(FOREIGN.split(" ").map((name) => [name, payload]));
  const components = Object.entries(CATALOGUE).flatMap(([type, { props }]) => [
    ...[...Object.values(props as Record<string, PropSpec>), ...common].flatMap((spec) =>
      valuesOf(spec, payload).map((value) => ({ type, props: { [spec.name]: value } })),
    ),
    { type, props: foreign },
    { type, children: [payload] },
  ]);
  const elements = ELEMENTS.split(" ").map((type) => ({ type, props: foreign }));
  return [...components, ...elements, ...markdown(payload), { type: payload }];
}

function valuesOf(spec: PropSpec, payload: Json): readonly Json[] {
  if (spec.type !== "list" && spec.type !== "any") return [payload];
  const names = "id key name value label title message text level time align href src".split(" ");
  const item = Object.fromEntries(names.map((name) => [name, payload]));
  return [payload, [payload, item], item];
}

function markdown(payload: Json): readonly Loose[] {
  if (typeof payload !== "string") return [];
  const forms = [
    `[x](${payload})`,
    `[x](<${payload}>)`,
    `![x](${payload})`,
    `<${payload}>`,
    `[x]\n\n[x]: ${payload} "x"`,
    `| a |\n|-|\n| ${payload} |`,
    `\`\`\`${payload}\n${payload}\n\`\`\``,
    `- [ ] ${payload}`,
  ];
  return forms.flatMap((content) => [
    { type: "Markdown", props: { content } },
    { type: "Text", props: { content, variant: "markdown" } },
  ]);
}

/**
 * The tree of an attack, and the state that the values in it read. Each node stands in it in every
 * way: as it is written, from the state, in a template, and as the shared corpus has it, without a
 * kind, as no parser makes it. With `turn` it stands there in one of them, the next in the next.
 */
export function toPanel(
  nodes: readonly Loose[],
  turn: number | null = null,
): { view: ViewNode; state: JsonObject } {
  const values: Json[] = [];
  const place = (given: unknown): Value => expression(`$state.values[${values.push(given as Json) - 1}]`);
  const ways: readonly ((node: Loose) => ViewNode)[] = [
    (node) => toNode(node, (given) => ({ kind: "literal", value: given as Json })),
    (node) => toNode(node, place),
    (node) => toNode(node, (given) => ({ kind: "template", parts: [place(given) as never, ""] })),
    (node) => node as unknown as ViewNode,
  ];
  const children = nodes.flatMap((node, index) =>
    ways.filter((_, way) => turn === null || way === (turn + index) % ways.length).map((to) => to(node)),
  );
  return { view: el("Layout", {}, ...children, el("Text", { content: "sibling" })), state: { values } };
}

function toNode({ type, props = {}, children = [] }: Loose, make: (given: unknown) => Value) {
  const values = Object.entries(props).map(([name, given]): [string, Value] => [
    name,
    // A place that can be written, under the name of the payload.
    name === "bind" && typeof given === "string"
      ? binding(`$state[${JSON.stringify(given)}]`)
      : make(given),
  ]);
  return {
    ...el("Text"),
    type,
    id: props.id,
    props: Object.fromEntries(values),
    children: children.map((child) => ({ ...text(""), value: make(child), loc: LOC })),
  } as unknown as ViewNode;
}
