/**
 * What may be written at the cursor: elements and attributes from the component catalogue, the
 * values an attribute may have, and the names that this source itself declares.
 */
import type { Completion, CompletionContext, CompletionResult } from "@codemirror/autocomplete";
import { syntaxTree } from "@codemirror/language";
import type { SyntaxNode } from "@lezer/common";
import { CATALOGUE, COMMON } from "nexus-renderer";

interface Prop {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly choices: readonly string[];
  readonly doc: string;
}

const TYPES = ["string", "number", "boolean", "list", "object", "any"];

/** Elements outside of the view, with their attributes and what these may be. */
const STRUCTURE: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  NexusPanel: { title: [], description: [], icon: [], id: [], version: [], author: [], tags: [] },
  Data: {},
  State: { name: [], type: TYPES, default: [], description: [] },
  Computed: { name: [], value: [], type: TYPES, description: [] },
  Logic: {},
  Extension: { name: ["nexus.http"], alias: [] },
  Tool: { name: [], description: [], icon: [] },
  Arg: { name: [], type: TYPES, required: ["true", "false"], default: [], description: [] },
  Trigger: {
    every: ["30s", "5m", "1h", "1d"],
    cron: ["0 9 * * 1-5"],
    timezone: [],
    event: [],
    panel: [],
    change: [],
    args: [],
  },
  Capabilities: {},
  Capability: { type: [], scope: [] },
  Handler: { capabilities: [], timeout_ms: [] },
  Lifecycle: { on: ["mount", "unmount", "update", "error"] },
  View: {},
};

const components: Readonly<Record<string, { doc: string; props: Readonly<Record<string, Prop>> }>> =
  CATALOGUE;

const elements: readonly Completion[] = [
  ...Object.keys(STRUCTURE).map((label) => ({ label, type: "keyword", boost: -1 })),
  ...Object.entries(components).map(([label, { doc }]) => ({ label, type: "class", info: doc })),
];

export function completeNxml(context: CompletionContext): CompletionResult | null {
  const node = syntaxTree(context.state).resolveInner(context.pos, -1);
  const source = context.state.doc.toString();
  const names = /\$state\.\w*$/.exec(source.slice(Math.max(0, context.pos - 80), context.pos));
  if (names !== null) return from(context.pos - names[0].length + "$state.".length, stateNames(source));
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
      return from(node.from, values(node, source));
    case '"':
      return context.explicit ? from(context.pos, values(node, source)) : null;
    default:
      return null;
  }
}

function from(position: number, options: readonly Completion[]): CompletionResult | null {
  return options.length === 0 ? null : { from: position, options, validFor: /^[\w-]*$/ };
}

function attributes(tag: string): readonly Completion[] {
  const structural = STRUCTURE[tag];
  if (structural !== undefined) {
    return Object.keys(structural).map((label) => ({ label, type: "property", apply: `${label}=""` }));
  }
  const own = components[tag];
  if (own === undefined) return [];
  return Object.values<Prop>({ ...COMMON, ...own.props }).map(({ name, type, doc, required }) => ({
    label: name,
    type: "property",
    detail: type,
    info: doc,
    apply: type === "boolean" ? name : `${name}=""`,
    boost: required ? 2 : name in own.props ? 1 : 0,
  }));
}

function values(node: SyntaxNode, source: string): readonly Completion[] {
  const attribute = ancestor(node, "Attribute");
  const nameNode = attribute?.getChild("AttributeName");
  if (attribute === null || nameNode == null) return [];
  const name = source.slice(nameNode.from, nameNode.to);
  const tag = tagOf(attribute, source);
  const prop: Prop | undefined =
    components[tag]?.props[name] ?? (COMMON as Readonly<Record<string, Prop>>)[name];
  if (prop?.type === "tool") return declared(source, "Tool").map((label) => ({ label, type: "function" }));
  const choices = STRUCTURE[tag]?.[name] ?? prop?.choices ?? [];
  return choices.map((label) => ({ label, type: "constant" }));
}

const stateNames = (source: string): readonly Completion[] => [
  ...declared(source, "State").map((label) => ({ label, type: "variable", detail: "state" })),
  ...declared(source, "Computed").map((label) => ({ label, type: "variable", detail: "computed" })),
];

/** The `name` of every such element in the source. */
function declared(source: string, element: string): readonly string[] {
  const pattern = new RegExp(`<${element}\\s[^>]*?\\bname=["']([\\w$]+)["']`, "g");
  return [...new Set([...source.matchAll(pattern)].flatMap(([, name]) => name ?? []))];
}

function tagOf(node: SyntaxNode, source: string): string {
  const tag = ancestor(node, "OpenTag") ?? ancestor(node, "SelfClosingTag");
  const name = tag?.getChild("TagName") ?? tag?.getChild("HandlerName");
  return name == null ? "" : source.slice(name.from, name.to);
}

function ancestor(node: SyntaxNode, name: string): SyntaxNode | null {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) if (at.name === name) return at;
  return null;
}
