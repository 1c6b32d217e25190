/**
 * What the word at a place means: an element, an attribute, a name in code. How it is shown is the
 * editor's business.
 */
import type { EditorState } from "@codemirror/state";

import { ancestor, type Attribute, attributeOf, declared, elementOf, NAMES, tagOf, treeOf } from "./knowledge.ts";

export interface Explanation {
  readonly from: number;
  readonly to: number;
  readonly title: string;
  /** What kind of thing it is, or of which type. */
  readonly detail: string;
  readonly doc: string;
  readonly choices: readonly string[];
}

/** Explain what stands at an offset; null where there is nothing to say. */
export function explain(state: EditorState, offset: number): Explanation | null {
  const node = treeOf(state, offset).resolveInner(offset, 1);
  const source = state.doc.toString();
  const text = source.slice(node.from, node.to);
  const at = { from: node.from, to: node.to, choices: [] };
  switch (node.name) {
    case "TagName":
    case "HandlerName": {
      const kind = elementOf(text);
      if (kind === undefined) return null;
      return { ...at, title: text, detail: kind.isComponent ? "component" : "element", doc: kind.doc };
    }
    case "AttributeName": {
      const about = attributeOf(tagOf(node, source), text);
      return about === undefined ? null : { ...at, ...attributeWords(about) };
    }
    default:
      return nameIn(source, offset, ancestor(node, "Interpolation") !== null || text.includes("$"));
  }
}

function attributeWords(about: Attribute): Pick<Explanation, "title" | "detail" | "doc" | "choices"> {
  const { name, type, required, default: usual, doc, choices } = about;
  const rest = required ? "required" : usual == null ? "" : `usually ${JSON.stringify(usual)}`;
  return { title: name, detail: [type, rest].filter(Boolean).join(", "), doc, choices };
}

/** A name in code: `$state`, or what is declared behind its dot. */
function nameIn(source: string, offset: number, isCode: boolean): Explanation | null {
  const start = source.lastIndexOf("\n", offset - 1) + 1;
  const line = source.slice(start, source.indexOf("\n", offset) >>> 0);
  for (const match of line.matchAll(/(\$[a-z]+)(?:\.(\w+))?/g)) {
    const from = start + match.index;
    const to = from + match[0].length;
    const [, root = "", member] = match;
    if (!isCode || offset < from || offset >= to || !Object.hasOwn(NAMES, root)) continue;
    const isOnRoot = member === undefined || offset <= from + root.length;
    if (isOnRoot) {
      return { from, to: from + root.length, title: root, detail: "", doc: NAMES[root]?.doc ?? "", choices: [] };
    }
    const known = KINDS[root]?.flatMap((kind) => declared(source, kind).map((each) => ({ kind, ...each })));
    const found = known?.find(({ name }) => name === member);
    if (found === undefined) return null;
    const detail = [found.kind, found.type].filter(Boolean).join(", ");
    return { from, to, title: match[0], detail, doc: found.doc, choices: [] };
  }
  return null;
}

const KINDS: Readonly<Record<string, readonly string[]>> = {
  $state: ["State", "Computed"],
  $tools: ["Tool"],
  $ext: ["Extension"],
  $args: ["Arg"],
};
