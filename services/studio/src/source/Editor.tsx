/** The editor in the page. What was typed and undone before comes back with the draft. */
import type { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { type RefObject, useEffect, useRef } from "react";

import { cameFromWithin } from "../app/router.ts";
import { type Draft, isChecked, type OpenDraft } from "./draft.ts";
import styles from "./Editor.module.css";
import { createEditorState, replaceText, showFindings } from "./editor.ts";

/** The last state of each draft's editor: text, cursor and history. */
const lastStates = new WeakMap<Draft, EditorState>();

interface EditorProps {
  readonly draft: Draft;
  readonly state: OpenDraft;
  readonly label: string;
  /** Set to the view while it is on the page. */
  readonly ref: RefObject<EditorView | null>;
}

/**
 * What is drawn lags behind what is typed: the effects here take from `state` only when something
 * happened, and from the draft what is so now.
 */
export function Editor({ draft, state, label, ref }: EditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const { loads, findings } = state;

  useEffect(() => {
    if (parent.current === null) return;
    const options = { label, onChange: (text: string) => draft.edit(text) };
    const start = lastStates.get(draft) ?? createEditorState(textOf(draft), options);
    const view = new EditorView({ state: start, parent: parent.current });
    ref.current = view;
    if (cameFromWithin() && matchMedia("(pointer: fine)").matches) view.focus();
    return () => {
      lastStates.set(draft, view.state);
      ref.current = null;
      view.destroy();
    };
  }, [draft, label, ref]);

  useEffect(() => {
    if (ref.current !== null) replaceText(ref.current, textOf(draft));
  }, [draft, ref, loads]);

  useEffect(() => {
    const present = draft.get();
    if (ref.current === null || findings === null || present.phase !== "open") return;
    if (isChecked(present)) showFindings(ref.current, findings.diagnostics);
  }, [draft, ref, findings]);

  // A source runs from left to right, whatever the page does.
  return <div ref={parent} dir="ltr" className={styles["editor"]} />;
}

function textOf(draft: Draft): string {
  const state = draft.get();
  return state.phase === "open" ? state.text : "";
}
