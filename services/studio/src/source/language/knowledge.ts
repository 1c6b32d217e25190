/**
 * What NXML has, for completion and explanation: the elements around the view, the components of
 * the catalogue, what expressions and handlers can name, and what a source itself declares.
 */
import { ensureSyntaxTree, syntaxTree } from "@codemirror/language";
import type { EditorState } from "@codemirror/state";
import type { SyntaxNode, Tree } from "@lezer/common";
import { CATALOGUE, COMMON } from "nexus-renderer";

/** An attribute of an element. */
export interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly choices: readonly string[];
  readonly default: unknown;
  readonly doc: string;
}

/** An element, and what may be written in its tag. */
export interface ElementKind {
  readonly doc: string;
  readonly isComponent: boolean;
  /** In the order in which they are to be offered. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

const TYPES = ["string", "number", "boolean", "list", "object", "any"];

const structure = (doc: string, attributes: Readonly<Record<string, string | readonly string[]>> = {}) => ({
  doc,
  isComponent: false,
  attributes: Object.fromEntries(
    Object.entries(attributes).map(([name, about]): [string, Attribute] => [
      name,
      {
        name,
        type: typeof about === "string" ? "string" : "choice",
        required: name === "name",
        choices: typeof about === "string" ? [] : about,
        default: null,
        doc: typeof about === "string" ? about : "",
      },
    ]),
  ),
});

/** Elements outside of the view. */
const STRUCTURE: Readonly<Record<string, ElementKind>> = {
  NexusPanel: structure("A panel: its data, its logic and its view.", {
    title: "What people call it.",
    description: "One sentence about it.",
    icon: "An emoji or the name of an icon.",
    id: "Its name in addresses.",
    version: "The version of the panel.",
    author: "Who wrote it.",
    tags: "Words to find it by.",
  }),
  Data: structure("What the panel remembers, and what follows from it."),
  State: structure("A value that the panel remembers; handlers and inputs change it.", {
    name: "How expressions call it: $state.name.",
    type: TYPES,
    default: "What it is at first.",
    description: "What it is for.",
  }),
  Computed: structure("A value that follows from others, and is never written.", {
    name: "How expressions call it: $state.name.",
    value: "The expression that it is.",
    type: TYPES,
    description: "What it is for.",
  }),
  Logic: structure("What the panel can do: tools, extensions, lifecycles."),
  Extension: structure("A service of the host that handlers may use as $ext.alias.", {
    name: "Which service, such as nexus.http.",
    alias: "How handlers call it.",
  }),
  Tool: structure("Something that the panel can do; people, programs and agents can run it.", {
    name: "How it is called: trigger=\"name\", $tools.name().",
    description: "What it does, for whoever chooses among tools.",
    icon: "An emoji or the name of an icon.",
  }),
  Arg: structure("An argument of a tool: $args.name in its handler.", {
    name: "How the handler calls it.",
    type: TYPES,
    required: ["true", "false"],
    default: "What it is where none is given.",
    description: "What it is for.",
  }),
  Trigger: structure("Runs the tool by itself: by the clock, at an event, when a state changes.", {
    every: ["30s", "5m", "1h", "1d"],
    cron: ["0 9 * * 1-5"],
    timezone: "Whose clock the cron goes by.",
    event: "The event that it waits for.",
    panel: "Whose event; this panel's where none is named.",
    change: "The state whose change it waits for.",
    args: "What the tool is run with.",
  }),
  Capabilities: structure("What a handler may touch."),
  Capability: structure("One thing that a handler may touch.", { type: "Which kind.", scope: "What of it." }),
  Handler: structure("JavaScript that runs in a sandbox, with what its capabilities allow.", {
    capabilities: "What it may touch, such as state:write:count.",
    timeout_ms: "After how many milliseconds it is stopped.",
  }),
  Lifecycle: structure("A handler that runs when something happens to the panel.", {
    on: ["mount", "unmount", "update", "error"],
  }),
  View: structure("What people see."),
};

type Catalogue = Readonly<Record<string, { doc: string; props: Readonly<Record<string, Attribute>>; structural: boolean }>>;
const common: Readonly<Record<string, Attribute>> = COMMON;

const COMPONENTS: Readonly<Record<string, ElementKind>> = Object.fromEntries(
  Object.entries<Catalogue[string]>(CATALOGUE).map(([name, { doc, props, structural }]) => [
    name,
    { doc, isComponent: true, attributes: { ...props, ...(structural ? { id: COMMON.id } : common) } },
  ]),
);

export const ELEMENTS: Readonly<Record<string, ElementKind>> = { ...STRUCTURE, ...COMPONENTS };

/** The element of a name. */
export const elementOf = (name: string): ElementKind | undefined =>
  Object.hasOwn(ELEMENTS, name) ? ELEMENTS[name] : undefined;

export function attributeOf(tag: string, name: string): Attribute | undefined {
  const attributes = elementOf(tag)?.attributes ?? {};
  return Object.hasOwn(attributes, name) ? attributes[name] : undefined;
}

/** Whether every component takes an attribute, so that it says little about one. */
export const isCommon = (name: string): boolean => Object.hasOwn(common, name);

/** What code can name, and where: in expressions of the view, in handlers, or in both. */
export const NAMES: Readonly<Record<string, { readonly doc: string; readonly in: "both" | "handler" }>> = {
  $state: { doc: "The panel's state and computed values.", in: "both" },
  $scope: { doc: "What the Iterate around this goes through.", in: "both" },
  $args: { doc: "The arguments that the tool was run with.", in: "handler" },
  $tools: { doc: "The panel's other tools.", in: "handler" },
  $ext: { doc: "The extensions of the panel, by alias.", in: "handler" },
  $emit: { doc: "Tell whoever follows the panel of an event; $emit.toast shows a message.", in: "handler" },
  $view: { doc: "Components of the view: focus, scroll, open.", in: "handler" },
  $log: { doc: "Write a line to the log of this execution.", in: "handler" },
  $time: { doc: "The time of this execution.", in: "handler" },
};

/** Something that a source declares by name. */
export interface Declaration {
  readonly name: string;
  readonly type: string;
  readonly doc: string;
}

const ATTRIBUTE = /\b([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;

/** What `<element name="…">` declares in a source, in order, each name once. */
export function declared(source: string, element: string): readonly Declaration[] {
  const tags = source.matchAll(new RegExp(`<${element}\\s((?:"[^"]*"|'[^']*'|[^>"'])*)>`, "g"));
  const found = new Map<string, Declaration>();
  for (const [, written = ""] of tags) {
    const attributes = new Map([...written.matchAll(ATTRIBUTE)].map(([, key, a, b]) => [key, a ?? b ?? ""]));
    const name = attributes.get("name") ?? attributes.get("alias") ?? "";
    if (!/^[\w$]+$/.test(name) || found.has(name)) continue;
    found.set(name, { name, type: attributes.get("type") ?? "", doc: attributes.get("description") ?? "" });
  }
  return [...found.values()];
}

/** How long a person may wait for the rest of a text to be read, in milliseconds. */
const PATIENCE = 200;

/** The tree of a text, read up to an offset. */
export const treeOf = (state: EditorState, upTo: number): Tree =>
  ensureSyntaxTree(state, upTo, PATIENCE) ?? syntaxTree(state);

/** The tag that a node stands in, by name; empty for none. */
export function tagOf(node: SyntaxNode, source: string): string {
  const tag = ancestor(node, "OpenTag") ?? ancestor(node, "SelfClosingTag");
  const name = tag?.getChild("TagName") ?? tag?.getChild("HandlerName");
  return name == null ? "" : source.slice(name.from, name.to);
}

/** The source of the nearest element of a name around a node; empty for none. */
export function elementAround(node: SyntaxNode, name: string, source: string): string {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) {
    const opening = at.name === "Element" ? at.firstChild?.getChild("TagName") : null;
    if (opening != null && source.slice(opening.from, opening.to) === name) return source.slice(at.from, at.to);
  }
  return "";
}

/** The nearest node of a name, from the inside out. */
export function ancestor(node: SyntaxNode, name: string): SyntaxNode | null {
  for (let at: SyntaxNode | null = node; at !== null; at = at.parent) if (at.name === name) return at;
  return null;
}
