/** How the state came to be, change by change; each can be taken back, and that too. */
import { ListTree, Redo2, Undo2 } from "lucide-react";

import { useCanWrite } from "../account/useRole.ts";
import type { Change } from "../api/wire.ts";
import { useStudio } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import { causeWords, opWords, stepsOf } from "./changes.ts";
import { clock } from "./clock.ts";
import styles from "./rows.module.css";
import { usePaged } from "./usePaged.ts";

export function LogTab({ panelId }: { readonly panelId: string }) {
  const { api } = useStudio();
  const canWrite = useCanWrite();
  const log = usePaged(panelId, (cursor) => api.listChanges(panelId, cursor));
  const task = useTask(async (act: () => Promise<void>) => {
    await act();
    // What can be taken back next stands in the log that has this.
    await log.refresh();
  });
  const steps = stepsOf(log.items);
  const error = log.error ?? task.error;
  const undo = (what: { readonly rev?: number }) => void task.run(() => api.undo(panelId, what));
  return (
    <>
      {canWrite && (
        <div className={styles["actions"]}>
          <Button disabled={!steps.canUndo || task.isBusy} onClick={() => undo({})}>
            <Undo2 size={14} aria-hidden /> Undo
          </Button>
          <Button disabled={!steps.canRedo || task.isBusy} onClick={() => void task.run(() => api.redo(panelId))}>
            <Redo2 size={14} aria-hidden /> Redo
          </Button>
        </div>
      )}
      {error !== null && <FormError>{error.message}</FormError>}
      {log.isLoaded && log.items.length === 0 && (
        <Blank icon={ListTree} title="Nothing has changed yet">
          Each change of the panel's state is kept here.
        </Blank>
      )}
      <ol className={styles["rows"]}>
        {log.items.map((change) => (
          <Entry key={change.rev} change={change} onUndo={canWrite ? () => undo({ rev: change.rev }) : undefined} />
        ))}
      </ol>
      {log.more !== null && <Button onClick={log.more}>Show earlier</Button>}
    </>
  );
}

interface EntryProps {
  readonly change: Change;
  readonly onUndo: (() => void) | undefined;
}

function Entry({ change, onUndo }: EntryProps) {
  const { rev, at, ops } = change;
  return (
    <li className={styles["row"]}>
      <div className={styles["line"]}>
        <span className={styles["quiet"]}>#{rev}</span>
        <strong>{causeWords(change)}</strong>
        <time>{clock(at)}</time>
        {onUndo !== undefined && (
          <button type="button" className={styles["link"]} aria-label={`Take back #${rev}`} onClick={onUndo}>
            take back
          </button>
        )}
      </div>
      <div className={styles["lines"]}>
        {ops.slice(0, SHOWN).map((op, index) => (
          <code key={index}>{opWords(op)}</code>
        ))}
        {ops.length > SHOWN && <small>and {ops.length - SHOWN} more</small>}
      </div>
    </li>
  );
}

const SHOWN = 6;
