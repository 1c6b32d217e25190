/**
 * Markdown as a tree of the few kinds of nodes that are drawn.
 *
 * Knows what a text may cost: how many parts and how deep a tree becomes of it, whatever is
 * written. Which addresses may be used is decided where they are drawn; HTML is text here.
 */
import MarkdownIt, { type Token } from "markdown-it";

/** Parts of a text that are drawn; what comes after them is left out. */
export const MAX_NODES = 5_000;
/** Elements around a part; what is deeper is drawn without what is around it. */
export const MAX_DEPTH = 40;
/** Quotes and lists around a block, each list two; what is deeper is never read. */
const MAX_NESTING = 32;

type Wrapper =
  | "paragraph"
  | "tight"
  | "emphasis"
  | "strong"
  | "deleted"
  | "quote"
  | "table"
  | "head"
  | "body"
  | "row";
export type Align = "left" | "center" | "right";

export type ProseNode =
  | { readonly kind: "text" | "code"; readonly text: string }
  | { readonly kind: "block"; readonly text: string; readonly language: string }
  | { readonly kind: "image"; readonly src: string; readonly alt: string }
  | { readonly kind: "break" | "rule" }
  | ProseParent;

export type ProseParent = { readonly children: ProseNode[] } & (
  | { readonly kind: Wrapper }
  /** `level` as it is written, `depth` as it stands in the outline, from 1 without gaps. */
  | { readonly kind: "heading"; readonly level: number; readonly depth: number }
  /** `bare` where the address itself is the text, not marked as a link. */
  | { readonly kind: "link"; readonly href: string; readonly bare: boolean }
  | { readonly kind: "list"; readonly start: number | null }
  /** `done` where it is a task. */
  | { readonly kind: "item"; done: boolean | null }
  | { readonly kind: "cell"; readonly isHead: boolean; readonly align: Align | null }
);

export interface ProseTree {
  readonly nodes: readonly ProseNode[];
  /** Whether it has more parts than are drawn. */
  readonly isCut: boolean;
  /** Whether something in it is nested deeper than is read. */
  readonly isTooDeep: boolean;
}

/** Read a text. */
export function readProse(text: string): ProseTree {
  const builder = new Builder();
  for (const token of PARSER.parse(text, {})) {
    if (builder.isCut) break;
    if (token.type === "inline") builder.addInline(token.children ?? []);
    else builder.add(token);
  }
  return { nodes: builder.nodes, isCut: builder.isCut, isTooDeep: builder.isTooDeep };
}

/** It changes no address and refuses none: the renderer's own list decides on them. */
const PARSER = new MarkdownIt({ html: false, linkify: true, maxNesting: MAX_NESTING });
PARSER.linkify.set({ fuzzyLink: false, fuzzyEmail: false, fuzzyIP: false });
PARSER.validateLink = () => true;
PARSER.normalizeLink = (address: string) => address;
PARSER.normalizeLinkText = (address: string) => address;

const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  em_open: "emphasis",
  strong_open: "strong",
  s_open: "deleted",
  blockquote_open: "quote",
  table_open: "table",
  thead_open: "head",
  tbody_open: "body",
  tr_open: "row",
};
const TASK = /^\[([ xX])\]\s+/;

class Builder {
  readonly nodes: ProseNode[] = [];
  /** For everything that is open the node that its parts go to: its own, or one around it. */
  readonly #open: (ProseParent | null)[] = [];
  readonly #outline: number[] = [];
  #count = 0;
  isTooDeep = false;

  get isCut(): boolean {
    return this.#count > MAX_NODES;
  }

  add(token: Token): void {
    if (token.nesting < 0) this.#open.pop();
    else if (token.nesting > 0) this.#enter(token);
    else this.#append(leaf(token));
  }

  addInline(tokens: readonly Token[]): void {
    const [first] = tokens;
    const item = this.#open.at(-2);
    const task = first?.type === "text" ? TASK.exec(first.content) : null;
    if (first && task && item?.kind === "item" && item.children.length === 1) {
      item.done = task[1] !== " ";
      first.content = first.content.slice(task[0].length);
    }
    for (const token of tokens) {
      if (this.isCut) return;
      this.add(token);
    }
  }

  #enter(token: Token): void {
    if (token.block && token.level >= MAX_NESTING - 1) this.isTooDeep = true;
    const node = this.#open.length < MAX_DEPTH ? this.#parent(token) : null;
    if (node) this.#append(node);
    this.#open.push(node ?? this.#open.at(-1) ?? null);
  }

  #append(node: ProseNode): void {
    this.#count += 1;
    if (this.isCut) return;
    (this.#open.at(-1)?.children ?? this.nodes).push(node);
  }

  #parent(token: Token): ProseParent | null {
    const children: ProseNode[] = [];
    switch (token.type) {
      case "paragraph_open":
        return { kind: token.hidden ? "tight" : "paragraph", children };
      case "heading_open":
        return { kind: "heading", ...this.#heading(token), children };
      case "link_open":
        return { kind: "link", href: attribute(token, "href"), bare: token.markup !== "", children };
      case "bullet_list_open":
        return { kind: "list", start: null, children };
      case "ordered_list_open":
        return { kind: "list", start: Number(attribute(token, "start") || 1), children };
      case "list_item_open":
        return { kind: "item", done: null, children };
      case "th_open":
      case "td_open":
        return { kind: "cell", isHead: token.type === "th_open", align: alignment(token), children };
      default: {
        const kind = WRAPPERS[token.type];
        return kind ? { kind, children } : null;
      }
    }
  }

  #heading(token: Token): { level: number; depth: number } {
    const level = Number(token.tag.slice(1));
    while ((this.#outline.at(-1) ?? 0) >= level) this.#outline.pop();
    return { level, depth: this.#outline.push(level) };
  }
}

function leaf(token: Token): ProseNode {
  const { content: text } = token;
  switch (token.type) {
    case "code_inline":
      return { kind: "code", text };
    case "fence":
    case "code_block":
      return { kind: "block", text: text.replace(/\n$/, ""), language: token.info.trim() };
    case "image":
      return { kind: "image", src: attribute(token, "src"), alt: text };
    case "hardbreak":
      return { kind: "break" };
    case "hr":
      return { kind: "rule" };
    case "softbreak":
      return { kind: "text", text: "\n" };
    default:
      return { kind: "text", text };
  }
}

function attribute(token: Token, name: string): string {
  return String(token.attrGet(name) ?? "");
}

function alignment(token: Token): Align | null {
  return (/left|center|right/.exec(attribute(token, "style"))?.[0] as Align | undefined) ?? null;
}
