/** Asks what a panel is to be called: another title for it, or that of a copy. */
import { useState } from "react";

import { ApiError } from "../api/errors.ts";
import { idFor } from "../app/names.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Dialog } from "../design/Dialog.tsx";
import { DialogForm } from "../design/DialogForm.tsx";
import { Field } from "../design/Field.tsx";
import forms from "../design/forms.module.css";
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
    if (title.trim() === "") return;
    const draft = drafts.find(panelId)?.get();
    // The title stands in the source, where it would be in the way of what is typed.
    if (draft !== undefined && isDirty(draft)) throw new ApiError("CONFLICT", "Save the text of its source first.");
    if (title.trim() !== before) await directory.rename(panelId, title.trim());
    onClose();
  });
  return (
    <Dialog title="Rename panel" size="small" onClose={onClose}>
      <DialogForm act="Rename" task={task} onClose={onClose}>
        <NameField title={title} hint="Its address stays." onChange={setTitle} />
      </DialogForm>
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
    if (title.trim() === "") return;
    await directory.duplicate({ of: panelId, id, title: title.trim(), withState });
    onClose();
    navigate(panelPlace(id));
  });
  return (
    <Dialog title={`Duplicate “${before}”`} size="small" onClose={onClose}>
      <DialogForm act="Duplicate" task={task} onClose={onClose}>
        <NameField title={title} hint={`/panels/${id}`} onChange={setTitle} />
        <fieldset className={forms["choices"]}>
          <legend>Begin with</legend>
          <label>
            <input type="checkbox" checked={withState} onChange={() => setWithState(!withState)} />
            <span>
              Its values of now <small>else with those that its source declares</small>
            </span>
          </label>
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}

function useTitle(panelId: string): string {
  const panel = useStore(useStudio().directory).panels.find(({ id }) => id === panelId);
  return titleOf(panel ?? { id: panelId, title: "" });
}

interface NameFieldProps {
  readonly title: string;
  readonly hint: string;
  readonly onChange: (title: string) => void;
}

function NameField({ title, hint, onChange }: NameFieldProps) {
  return (
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
  );
}
