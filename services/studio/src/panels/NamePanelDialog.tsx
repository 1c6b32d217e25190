/** Asks what a panel is to be called: another title for it, or that of a copy. */
import { type ReactNode, type SubmitEvent, useState } from "react";

import forms from "../account/forms.module.css";
import { ApiError } from "../api/errors.ts";
import { idFor } from "../app/names.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { type Task, useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { Field, FormError } from "../design/Field.tsx";
import { isDirty } from "../source/draft.ts";
import { titleOf } from "./directory.ts";

interface NameDialogProps {
  readonly panelId: string;
  readonly onClose: () => void;
}

export function RenamePanelDialog({ panelId, onClose }: NameDialogProps) {
  const { directory, drafts } = useStudio();
  const before = useTitle(panelId);
  const [title, setTitle] = useState(before);
  const task = useTask(async () => {
    const draft = drafts.find(panelId)?.get();
    // The title stands in the source, where it would be in the way of what is typed.
    if (draft !== undefined && isDirty(draft)) throw new ApiError("CONFLICT", "Save the text of its source first.");
    if (title.trim() !== before) await directory.rename(panelId, title.trim());
    onClose();
  });
  return (
    <Dialog title="Rename panel" size="small" onClose={onClose}>
      <NameForm act="Rename" title={title} hint="Its address stays." task={task} onChange={setTitle} onClose={onClose} />
    </Dialog>
  );
}

export function DuplicatePanelDialog({ panelId, onClose }: NameDialogProps) {
  const { directory } = useStudio();
  const { panels } = useStore(directory);
  const before = useTitle(panelId);
  const [title, setTitle] = useState(`${before} copy`);
  const [withState, setWithState] = useState(true);
  const id = idFor(title.trim(), new Set(panels.map((panel) => panel.id)), "panel");
  const task = useTask(async () => {
    await directory.duplicate({ of: panelId, id, title: title.trim(), withState });
    onClose();
    navigate(panelPlace(id));
  });
  return (
    <Dialog title={`Duplicate “${before}”`} size="small" onClose={onClose}>
      <NameForm act="Duplicate" title={title} hint={`/panels/${id}`} task={task} onChange={setTitle} onClose={onClose}>
        <fieldset className={forms["scopes"]}>
          <legend>Begin with</legend>
          <label>
            <input type="checkbox" checked={withState} onChange={() => setWithState(!withState)} />
            <span>
              Its values of now <small>else with those that its source declares</small>
            </span>
          </label>
        </fieldset>
      </NameForm>
    </Dialog>
  );
}

function useTitle(panelId: string): string {
  const panel = useStore(useStudio().directory).panels.find(({ id }) => id === panelId);
  return titleOf(panel ?? { id: panelId, title: "" });
}

interface NameFormProps {
  readonly act: string;
  readonly title: string;
  readonly hint: string;
  readonly task: Task<[]>;
  readonly onChange: (title: string) => void;
  readonly onClose: () => void;
  readonly children?: ReactNode;
}

function NameForm({ act, title, hint, task, onChange, onClose, children }: NameFormProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (title.trim() !== "") void task.run();
  };
  return (
    <form className={forms["form"]} onSubmit={submit}>
      <Field
        label="Name"
        required
        autoFocus
        autoComplete="off"
        maxLength={200}
        hint={hint}
        value={title}
        onFocus={({ target }) => target.select()}
        onChange={(event) => onChange(event.target.value)}
      />
      {children}
      {task.error !== null && <FormError>{task.error.message}</FormError>}
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={task.isBusy}>
          {act}
        </Button>
      </footer>
    </form>
  );
}
