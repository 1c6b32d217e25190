/** The editor in the page. What was typed and undone before comes back with the document. */
import type { EditorView } from "@codemirror/view";
import { type RefObject, useEffect, useRef } from "react";

import { cameFromWithin } from "../app/router.ts";
import type { SourceDocument } from "./document.ts";
import { type Draft, isChecked, type OpenDraft } from "./draft.ts";
import styles from "./Editor.module.css";
import { editorLooks, showFindings } from "./editor.ts";

interface EditorProps {
  readonly draft: Draft;
  readonly state: OpenDraft;
  readonly document: SourceDocument;
  readonly label: string;
  /** Set to the view while it is on the page. */
  readonly ref: RefObject<EditorView | null>;
}

/**
 * What is drawn lags behind what is typed: the effects here take from `state` only when something
 * happened, and from the draft what is so now.
 */
export function Editor({ draft, state, document, label, ref }: EditorProps) {
  const parent = useRef<HTMLDivElement>(null);
  const { findings } = state;

  useEffect(() => {
    if (parent.current === null) return;
    const view = document.show(parent.current, editorLooks(label));
    ref.current = view;
    if (cameFromWithin() && matchMedia("(pointer: fine)").matches) view.focus();
    return () => {
      ref.current = null;
      document.hide();
    };
  }, [document, label, ref]);

  useEffect(() => {
    const present = draft.get();
    if (ref.current === null || findings === null || present.phase !== "open") return;
    if (isChecked(present)) showFindings(ref.current, findings.diagnostics);
  }, [draft, ref, findings]);

  // A source runs from left to right, whatever the page does.
  return <div ref={parent} dir="ltr" className={styles["editor"]} />;
}
