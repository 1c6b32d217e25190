/**
 * NXML as a language of the editor: its tree, with JavaScript inside of handlers and expressions,
 * and how it folds and indents. Completion by the catalogue is `completion.ts`.
 */
import {
  continuedIndent,
  defineLanguageFacet,
  foldInside,
  foldNodeProp,
  indentNodeProp,
  languageDataProp,
  LRLanguage,
  type TreeIndentContext,
} from "@codemirror/language";
import { type Input, parseMixed, type SyntaxNode, type SyntaxNodeRef } from "@lezer/common";
import { parser as javascript } from "@lezer/javascript";

import { completeNxml } from "./completion.ts";
import { parser } from "./nxml.grammar";

const OBJECT_MEMBERS = /^\{\s*(?:\.\.\.|(?:[\w$]+|"[^"]*"|'[^']*')\s*:)/;

/** What the editor is told where the text is JavaScript: it asks the innermost language only. */
const codeData = defineLanguageFacet({
  autocomplete: completeNxml,
  commentTokens: { line: "//", block: { open: "/*", close: "*/" } },
  closeBrackets: { brackets: ["(", "[", "{", '"', "'", "`"] },
});
const inCode = languageDataProp.add((type) => (type.isTop ? codeData : undefined));

const script = javascript.configure({
  props: [
    inCode,
    indentNodeProp.add({
      "Block ObjectExpression ArrayExpression ArgList": blockIndent,
      Statement: continuedIndent({ except: /^\s*(?:\{|\}|else\b|catch\b|finally\b)/ }),
    }),
    foldNodeProp.add({ "Block ObjectExpression ArrayExpression": foldInside }),
  ],
});
const singleExpression = javascript.configure({ top: "SingleExpression", props: [inCode] });

/** The language: parser, folding, indentation, comment syntax. */
export const nxml = LRLanguage.define({
  name: "nxml",
  parser: parser.configure({
    wrap: parseMixed(nested),
    props: [
      indentNodeProp.add({ "Element Handler": elementIndent, "OpenTag SelfClosingTag": tagIndent }),
      foldNodeProp.add({ "Element Handler": foldElement, Comment: foldComment }),
    ],
  }),
  languageData: {
    commentTokens: { block: { open: "<!--", close: "-->" } },
    indentOnInput: /^\s*(?:<\/|\}|\]|\))$/,
    closeBrackets: { brackets: ["(", "[", "{", '"', "'", "`"] },
  },
});

/** The parser for a stretch that is JavaScript. */
function nested(node: SyntaxNodeRef, input: Input) {
  switch (node.name) {
    case "HandlerCode":
      return { parser: script };
    case "Interpolation":
      return holdsMembers(input.read(node.from, node.to)) ? { parser: singleExpression } : null;
    case "Expression":
      return { parser: singleExpression };
    default:
      return null;
  }
}

/** `args="{ id: 1 }"` is an object written out, braces and all, not an expression in braces. */
const holdsMembers = (text: string): boolean => OBJECT_MEMBERS.test(text);

function elementIndent(context: TreeIndentContext): number {
  const closing = /^\s*<\//.test(context.textAfter);
  return context.lineIndent(context.node.from) + (closing ? 0 : context.unit);
}

function tagIndent(context: TreeIndentContext): number {
  return context.lineIndent(context.node.from) + (/^\s*\/?>/.test(context.textAfter) ? 0 : context.unit);
}

function blockIndent(context: TreeIndentContext): number {
  const closing = /^\s*[}\])]/.test(context.textAfter);
  return context.lineIndent(context.node.from) + (closing ? 0 : context.unit);
}

function foldElement(node: SyntaxNode): { from: number; to: number } | null {
  const open = node.firstChild;
  const close = node.lastChild;
  if (open?.name !== "OpenTag") return null;
  return { from: open.to, to: close?.name === "CloseTag" ? close.from : node.to };
}

function foldComment(node: SyntaxNode): { from: number; to: number } {
  return { from: node.from + "<!--".length, to: node.to - "-->".length };
}
