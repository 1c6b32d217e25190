/**
 * The text editor, CodeMirror with NXML in it. It knows how a text looks and is typed; what the
 * marks in it say comes from outside, and what becomes of the text is decided there.
 */
import {
  autocompletion,
  closeBrackets,
  closeBracketsKeymap,
  completionKeymap,
} from "@codemirror/autocomplete";
import { defaultKeymap, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  foldGutter,
  foldKeymap,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import {
  type Action,
  type Diagnostic as Mark,
  lintGutter,
  nextDiagnostic,
  previousDiagnostic,
  setDiagnostics,
} from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import type { Extension, Text } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from "@codemirror/view";

import type { Diagnostic, Span } from "../api/wire.ts";
import { changesOf } from "./fixes.ts";
import { explain, type Explanation } from "./language/explanation.ts";
import { nxmlSupport } from "./language/index.ts";
import { colours, frame } from "./look.ts";
import { markOf, offsetOf } from "./positions.ts";

/** What makes a document an editor of that name. */
export const editorLooks = (label: string): Extension => [
  behaviour,
  nxmlSupport,
  frame,
  syntaxHighlighting(colours),
  EditorView.cspNonce.of(pageNonce()),
  EditorView.contentAttributes.of({ "aria-label": label, spellcheck: "false", tabindex: "0" }),
];

/** Underline the findings; their places must be places of the text that is shown. */
export function showFindings(view: EditorView, diagnostics: readonly Diagnostic[]): void {
  const marks = diagnostics.map((diagnostic) => markFor(view.state.doc, diagnostic));
  view.dispatch(setDiagnostics(view.state, marks));
}

/** Bring a place into view; the cursor stays where somebody may be typing. */
export function reveal(view: EditorView, { line, column }: Span): void {
  const place = offsetOf(view.state.doc, line, column);
  view.dispatch({ effects: EditorView.scrollIntoView(place, { yMargin: 40 }) });
}

/** Put the cursor at a place, in the middle of the view, ready to type. */
export function goTo(view: EditorView, { line, column }: Span): void {
  const anchor = offsetOf(view.state.doc, line, column);
  view.dispatch({
    selection: { anchor },
    effects: EditorView.scrollIntoView(anchor, { y: "center" }),
  });
  view.focus();
}

/** Apply a finding's quick fix to the text that it was found in. */
export function applyFix(view: EditorView, { fix }: Diagnostic): void {
  const changes = fix == null ? null : changesOf(view.state.doc, fix);
  if (changes !== null) view.dispatch({ changes, userEvent: "input.fix" });
  view.focus();
}

/**
 * Text over several lines, in place of several lines: left to it, the browser dresses what it
 * inserts in inline styles, which the page's policy refuses.
 */
const linesAtOnce = EditorView.domEventHandlers({
  beforeinput({ inputType, data }, view) {
    const { from, to } = view.state.selection.main;
    const spansLines = view.state.doc.lineAt(from).to < to || data?.includes("\n") === true;
    if (inputType !== "insertText" || data === null || !spansLines || view.composing) return false;
    const insert = () =>
      view.state.update(view.state.replaceSelection(data), { userEvent: "input", scrollIntoView: true });
    const handlers = view.state.facet(EditorView.inputHandler);
    if (!handlers.some((handle) => handle(view, from, to, data, insert))) view.dispatch(insert());
    return true;
  },
});

const behaviour: Extension = [
  linesAtOnce,
  lineNumbers(),
  lintGutter(),
  foldGutter({ openText: "⌄", closedText: "›" }),
  highlightActiveLine(),
  highlightActiveLineGutter(),
  drawSelection(),
  indentUnit.of("  "),
  indentOnInput(),
  bracketMatching(),
  closeBrackets(),
  autocompletion({ icons: false }),
  hoverTooltip((view, offset) => {
    const found = explain(view.state, offset);
    if (found === null) return null;
    return { pos: found.from, end: found.to, above: true, create: () => ({ dom: explanationOf(found) }) };
  }),
  highlightSelectionMatches(),
  search({ top: true }),
  keymap.of([
    { key: "F8", run: nextDiagnostic, shift: previousDiagnostic },
    ...closeBracketsKeymap,
    ...completionKeymap,
    ...searchKeymap,
    ...historyKeymap,
    ...foldKeymap,
    indentWithTab,
    ...defaultKeymap,
  ]),
];

function markFor(text: Text, diagnostic: Diagnostic): Mark {
  const actions: Action[] = [];
  if (diagnostic.fix != null) {
    const { title } = diagnostic.fix;
    actions.push({ name: title, apply: (view) => applyFix(view, diagnostic) });
  }
  return {
    ...markOf(text, diagnostic.loc),
    severity: diagnostic.severity,
    source: diagnostic.code,
    message: diagnostic.message,
    renderMessage: () => explanation(diagnostic),
    actions,
  };
}

/** What is said about a word. */
function explanationOf({ title, detail, doc, choices }: Explanation): HTMLElement {
  const box = document.createElement("div");
  box.className = "st-explanation";
  const head = box.appendChild(document.createElement("p"));
  head.appendChild(document.createElement("strong")).textContent = title;
  if (detail !== "") head.append(` ${detail}`);
  if (doc !== "") box.appendChild(document.createElement("p")).textContent = doc;
  if (choices.length > 0) box.appendChild(document.createElement("p")).textContent = choices.join(" · ");
  return box;
}

function explanation({ message, hint }: Diagnostic): Node {
  const box = document.createElement("div");
  const what = box.appendChild(document.createElement("strong"));
  what.textContent = message;
  const instead = box.appendChild(document.createElement("p"));
  instead.textContent = hint;
  return box;
}

/** The word that lets styles through the page's policy; the kernel puts it into the page. */
function pageNonce(): string {
  return document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? "";
}
