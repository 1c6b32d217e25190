/**
 * What may be written at the cursor: elements and attributes from the component catalogue, the
 * values an attribute may have, and in code the names that this source itself declares.
 */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import type { SyntaxNode } from "@lezer/common";

import {
  ancestor,
  attributeOf,
  type Declaration,
  declared,
  elementAround,
  elementOf,
  ELEMENTS,
  isCommon,
  NAMES,
  tagOf,
  treeOf,
} from "./knowledge.ts";

const elements: readonly Completion[] = Object.entries(ELEMENTS).map(([label, { doc, isComponent }]) => ({
  label,
  type: isComponent ? "class" : "keyword",
  info: doc,
  boost: isComponent ? 0 : -1,
}));

/** How far back a name in code may begin. */
const REACH = 80;

export function completeNxml(context: CompletionContext): CompletionResult | null {
  const node = treeOf(context.state, context.pos).resolveInner(context.pos, -1);
  const source = context.state.doc.toString();
  if (isCode(node, source)) return completeCode(context, node, source);
  switch (node.name) {
    case "<":
      return from(context.pos, elements);
    case "TagName":
    case "HandlerName":
      return node.parent?.name === "CloseTag" ? null : from(node.from, elements);
    case "AttributeName":
      return from(node.from, attributes(tagOf(node, source)));
    case "OpenTag":
    case "SelfClosingTag":
      return context.explicit ? from(context.pos, attributes(tagOf(node, source))) : null;
    case "DoubleQuotedText":
    case "SingleQuotedText":
      return from(node.from, values(node, source));
    case '"':
    case "'":
      return context.explicit ? from(context.pos, values(node, source)) : null;
    default:
      return null;
  }
}

function from(position: number, options: readonly Completion[]): CompletionResult | null {
  return options.length === 0 ? null : { from: position, options, validFor: /^[\w-]*$/ };
}

// ---- code

/** Whether what is written here is an expression, a handler, or the place that an input is bound to. */
function isCode(node: SyntaxNode, source: string): boolean {
  if (ancestor(node, "Interpolation") !== null || isHandler(node)) return true;
  const attribute = ancestor(node, "Attribute")?.getChild("AttributeName");
  return attribute != null && source.slice(attribute.from, attribute.to) === "bind";
}

/** The tree of a handler's code hangs below `HandlerCode` and is called `Script`. */
const isHandler = (node: SyntaxNode): boolean =>
  ancestor(node, "HandlerCode") !== null || ancestor(node, "Script") !== null;

function completeCode(context: CompletionContext, node: SyntaxNode, source: string): CompletionResult | null {
  const { pos, explicit } = context;
  const before = source.slice(Math.max(0, pos - REACH), pos);
  const member = /(\$[a-z]+)\.(\w*)$/.exec(before);
  if (member?.[1] !== undefined) {
    return from(pos - (member[2]?.length ?? 0), membersOf(member[1], node, source));
  }
  const name = /(?<![\w$.])\$?\w*$/.exec(before)?.[0] ?? "";
  if (!name.startsWith("$") && !(explicit && name === "")) return null;
  const options = Object.entries(NAMES)
    .filter(([, about]) => about.in === "both" || isHandler(node))
    .map(([label, { doc }]) => ({ label, type: "variable", info: doc }));
  return { from: pos - name.length, options, validFor: /^\$?\w*$/ };
}

function membersOf(root: string, node: SyntaxNode, source: string): readonly Completion[] {
  switch (root) {
    case "$state":
      return [
        ...declared(source, "State").map(named("variable", "state")),
        ...declared(source, "Computed").map(named("variable", "computed")),
      ];
    case "$tools":
      return declared(source, "Tool").map(named("function", "tool"));
    case "$ext":
      return declared(source, "Extension").map(named("namespace", "extension"));
    case "$args":
      return declared(elementAround(node, "Tool", source), "Arg").map(named("variable", "argument"));
    case "$scope":
      return scopes(source).map((name) => ({ label: name, type: "variable", detail: "of Iterate" }));
    default:
      return [];
  }
}

const named =
  (type: string, kind: string) =>
  ({ name, type: valueType, doc }: Declaration): Completion => ({
    label: name,
    type,
    detail: valueType === "" ? kind : `${kind}, ${valueType}`,
    ...(doc === "" ? {} : { info: doc }),
  });

/** What the Iterates of a source call the item that each is at. */
function scopes(source: string): readonly string[] {
  const found = [...source.matchAll(/<Iterate\s[^>]*?\b(?:as|index)=["']([\w$]+)["']/g)];
  return [...new Set(found.flatMap(([, name]) => name ?? []))];
}

// ---- tags

function attributes(tag: string): readonly Completion[] {
  return Object.values(elementOf(tag)?.attributes ?? {}).map(({ name, type, doc, required }) => ({
    label: name,
    type: "property",
    detail: type,
    info: doc,
    apply: type === "boolean" ? name : `${name}=""`,
    boost: required ? 2 : isCommon(name) ? 0 : 1,
  }));
}

function values(node: SyntaxNode, source: string): readonly Completion[] {
  const attribute = ancestor(node, "Attribute");
  const nameNode = attribute?.getChild("AttributeName");
  if (attribute === null || nameNode == null) return [];
  const about = attributeOf(tagOf(attribute, source), source.slice(nameNode.from, nameNode.to));
  if (about?.type === "tool") return declared(source, "Tool").map(named("function", "tool"));
  return (about?.choices ?? []).map((label) => ({ label, type: "constant" }));
}
