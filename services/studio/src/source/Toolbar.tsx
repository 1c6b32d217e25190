/** Above the editor: whose source it is, whether it is saved and sound, and the way to save. */
import { Check, CircleAlert, LoaderCircle, type LucideIcon, Redo2, TriangleAlert, Undo2, X } from "lucide-react";

import { useCanWrite } from "../account/useRole.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { Button, IconButton } from "../design/Button.tsx";
import { classes } from "../design/classes.ts";
import { Keys } from "../app/Keys.tsx";
import { ariaKeys } from "../app/shortcuts.ts";
import { useStore } from "../app/store.ts";
import { documentOf, type SourceDocument } from "./document.ts";
import { type Draft, type DraftState, isDirty, type OpenDraft } from "./draft.ts";
import styles from "./Toolbar.module.css";

interface ToolbarProps {
  readonly panelId: string;
  readonly draft: Draft;
  readonly state: DraftState;
}

export function Toolbar({ panelId, draft, state }: ToolbarProps) {
  const canWrite = useCanWrite();
  const unsaved = isDirty(state);
  const isSaving = state.phase === "open" && state.save.kind === "saving";
  return (
    <header className={styles["toolbar"]}>
      <h2>
        <span className={styles["name"]}>{panelId}.nxml</span>
        {unsaved && (
          <span className={styles["unsaved"]} title="Unsaved changes">
            <span className="visually-hidden">(unsaved changes)</span>
          </span>
        )}
      </h2>
      {state.phase === "open" && <Verdict state={state} />}
      {state.phase === "open" && canWrite && <Back document={documentOf(draft)} />}
      <Button
        variant={unsaved ? "primary" : "secondary"}
        disabled={!unsaved || isSaving || !canWrite}
        onClick={() => void draft.save()}
      >
        {isSaving ? "Saving…" : "Save"}
        {!isSaving && <Keys keys="Mod+S" />}
      </Button>
      <IconButton
        label="Close source"
        onClick={() => navigate(panelPlace(panelId))}
      >
        <X size={16} aria-hidden />
      </IconButton>
    </header>
  );
}

function Back({ document }: { readonly document: SourceDocument }) {
  const { canUndo, canRedo } = useStore(document.steps);
  const steps = [
    { title: "Undo", keys: "Mod+Z", icon: Undo2, can: canUndo, run: document.undo },
    { title: "Do again", keys: "Mod+Y", icon: Redo2, can: canRedo, run: document.redo },
  ];
  return steps.map(({ title, keys, icon: Icon, can, run }) => (
    <IconButton key={title} label={title} aria-keyshortcuts={ariaKeys(keys)} aria-disabled={!can} onClick={run}>
      <Icon size={16} aria-hidden />
    </IconButton>
  ));
}

function Verdict({ state }: { readonly state: OpenDraft }) {
  const [kind, Icon, words] = verdictOn(state);
  return (
    <p role="status" className={classes(styles["verdict"], styles[kind])}>
      <Icon size={14} aria-hidden />
      <span>{words}</span>
    </p>
  );
}

function verdictOn({ check, findings }: OpenDraft): [string, LucideIcon, string] {
  if (check === "unavailable") return ["quiet", CircleAlert, "Not checked"];
  if (check === "waiting" || findings === null) return ["quiet", LoaderCircle, "Checking…"];
  const errors = findings.diagnostics.filter(({ severity }) => severity === "error").length;
  const warnings = findings.diagnostics.filter(({ severity }) => severity === "warning").length;
  if (errors > 0) return ["bad", CircleAlert, count(errors, "error")];
  if (warnings > 0) return ["warn", TriangleAlert, count(warnings, "warning")];
  return ["good", Check, "No problems"];
}

const count = (number: number, noun: string): string => `${number} ${noun}${number === 1 ? "" : "s"}`;
