/**
 * The source of one panel: toolbar, what the last save came to, the editor, its problems.
 * Loaded when it is first opened; `draft.ts` holds what is typed, this only shows it.
 */
import "@fontsource-variable/jetbrains-mono/index.css";

import type { EditorView } from "@codemirror/view";
import { CloudOff } from "lucide-react";
import { useEffect, useRef } from "react";

import type { Diagnostic } from "../api/wire.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import { documentOf } from "./document.ts";
import { type Draft, isChecked, type OpenDraft } from "./draft.ts";
import { useDraft } from "./drafts.ts";
import { Editor } from "./Editor.tsx";
import { applyFix, goTo, reveal } from "./editor.ts";
import { Problems } from "./Problems.tsx";
import { SaveNotice } from "./SaveNotice.tsx";
import styles from "./SourcePane.module.css";
import { Toolbar } from "./Toolbar.tsx";

interface SourcePaneProps {
  readonly panelId: string;
  /** The version that runs, as the kernel says; null before it has said so. */
  readonly runningHash: string | null;
}

export default function SourcePane({ panelId, runningHash }: SourcePaneProps) {
  const [draft, state] = useDraft(useStudio().drafts, panelId, runningHash);

  return (
    <section aria-label="Source" className={styles["pane"]}>
      <Toolbar panelId={panelId} draft={draft} state={state} />
      {state.phase === "loading" && <Loading />}
      {state.phase === "failed" && (
        <Blank
          icon={CloudOff}
          title="The source could not be fetched"
          action={<Button onClick={() => void draft.load()}>Try again</Button>}
        >
          {state.error.message}
        </Blank>
      )}
      {state.phase === "open" && <OpenSource panelId={panelId} draft={draft} state={state} />}
    </section>
  );
}

interface OpenSourceProps {
  readonly panelId: string;
  readonly draft: Draft;
  readonly state: OpenDraft;
}

function OpenSource({ panelId, draft, state }: OpenSourceProps) {
  const view = useRef<EditorView>(null);
  const refused = state.save.kind === "refused" ? state.save : null;
  useEffect(() => {
    const present = draft.get();
    if (refused === null || view.current === null || present.phase !== "open") return;
    const error = present.findings?.diagnostics.find(({ severity }) => severity === "error");
    if (error !== undefined) reveal(view.current, error.loc);
  }, [draft, refused]);
  const { place } = useStudio();
  const asked = useStore(place);
  useEffect(() => {
    if (asked?.panelId !== panelId || view.current === null) return;
    goTo(view.current, asked.loc);
    place.set(null);
  }, [asked, panelId, place]);
  const onJump = ({ loc }: Diagnostic) => {
    if (view.current !== null) goTo(view.current, loc);
  };
  const onFix = (diagnostic: Diagnostic) => {
    if (view.current !== null) applyFix(view.current, diagnostic);
  };
  return (
    <>
      <SaveNotice draft={draft} state={state} />
      <Editor ref={view} draft={draft} state={state} document={documentOf(draft)} label={`Source of ${panelId}`} />
      <Problems
        diagnostics={state.findings?.diagnostics ?? []}
        canFix={isChecked(state)}
        onJump={onJump}
        onFix={onFix}
      />
    </>
  );
}

function Loading() {
  return (
    <div role="status" className={styles["loading"]}>
      <span className="visually-hidden">Loading the source</span>
      {[38, 62, 54, 70, 46, 66, 34].map((width) => (
        <span key={width} aria-hidden="true" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}
