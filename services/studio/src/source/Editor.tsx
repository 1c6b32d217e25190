/** The editor in the page. What was typed and undone before comes back with the draft. */
import { EditorState } from "@codemirror/state";
import { EditorView } from "@codemirror/view";
import { type RefObject, useEffect, useRef } from "react";

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

export function Editor({ draft, state, label, ref }: EditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const { text, findings } = state;
  const firstText = useRef(text);

  useEffect(() => {
    if (parent.current === null) return;
    const options = { label, onChange: draft.edit };
    const start = lastStates.get(draft) ?? createEditorState(firstText.current, options);
    const view = new EditorView({ state: start, parent: parent.current });
    ref.current = view;
    return () => {
      lastStates.set(draft, view.state);
      ref.current = null;
      view.destroy();
    };
  }, [draft, label, ref]);

  useEffect(() => {
    if (ref.current !== null) replaceText(ref.current, text);
  }, [ref, text]);

  const shown = isChecked(state) ? findings : null;
  useEffect(() => {
    if (ref.current !== null && shown !== null) showFindings(ref.current, shown.diagnostics);
  }, [ref, shown]);

  return <div ref={parent} className={styles["editor"]} />;
}
