/** What is asked before branches change: a new one, another one, one brought into this, one gone. */
import { useState } from "react";

import type { Branch } from "../api/wire.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { ConfirmDialog } from "../design/ConfirmDialog.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { DialogForm } from "../design/DialogForm.tsx";
import { Field } from "../design/Field.tsx";
import forms from "../design/forms.module.css";
import { branchName } from "./branch.ts";

interface BranchDialogProps {
  readonly branch: string;
  readonly onClose: () => void;
}

/** The branch that panels run from, as a person is told. */
function usePresent(): string {
  const { workspace } = useStore(useStudio().directory);
  return workspace?.branch ?? "this branch";
}

export function SwitchBranchDialog({ branch, onClose }: BranchDialogProps) {
  const { api, drafts, directory } = useStudio();
  const present = usePresent();
  return (
    <ConfirmDialog
      title={`Switch to ${branch}?`}
      act="Switch branch"
      isFinal={false}
      keep="Stay"
      onConfirm={async () => {
        await api.switchBranch(branch);
        await directory.refresh();
      }}
      onClose={onClose}
    >
      Everybody in this workspace gets the panels as they are on {branch}. What was saved stays on {present}, and
      panels keep the values that both branches have.
      {drafts.anyUnsaved() && " What you typed and did not save stays in its editor."}
    </ConfirmDialog>
  );
}

export function MergeBranchDialog({ branch, onClose }: BranchDialogProps) {
  const { api, directory, history } = useStudio();
  const present = usePresent();
  return (
    <ConfirmDialog
      title={`Merge ${branch} into ${present}?`}
      act="Merge branch"
      isFinal={false}
      keep="Not now"
      onConfirm={async () => {
        await api.mergeBranch(branch);
        history.set(history.get() + 1);
        await directory.refresh();
      }}
      onClose={onClose}
    >
      What {branch} changed is brought into {present} as one commit, for everybody. Where both changed the same
      lines nothing is done.
    </ConfirmDialog>
  );
}

interface DeleteBranchDialogProps {
  readonly branch: Branch;
  readonly onClose: () => void;
}

export function DeleteBranchDialog({ branch: { name, head }, onClose }: DeleteBranchDialogProps) {
  const { api, history } = useStudio();
  return (
    <ConfirmDialog
      title={`Delete the branch ${name}?`}
      act="Delete branch"
      keep="Keep it"
      onConfirm={async () => {
        // When it has gone on meanwhile, the list says where it is.
        await api.deleteBranch(name, head).finally(() => history.set(history.get() + 1));
      }}
      onClose={onClose}
    >
      What was merged stays. What only this branch has is lost.
    </ConfirmDialog>
  );
}

export function NewBranchDialog({ onClose }: { readonly onClose: () => void }) {
  const { api, directory, history } = useStudio();
  const present = usePresent();
  const [typed, setTyped] = useState("");
  const [switches, setSwitches] = useState(true);
  const [made, setMade] = useState<string | null>(null);
  const name = branchName(typed);
  const task = useTask(async () => {
    if (name === "") return;
    // When it could not be switched to, the branch is there all the same.
    if (made !== name) await api.createBranch(name);
    setMade(name);
    history.set(history.get() + 1);
    if (switches) await api.switchBranch(name);
    await directory.refresh();
    onClose();
  });
  return (
    <Dialog title="New branch" size="small" onClose={onClose}>
      <DialogForm act="Make branch" task={task} onClose={onClose}>
        <Field
          label="Name"
          required
          autoFocus
          autoComplete="off"
          spellCheck={false}
          maxLength={200}
          placeholder="bigger-buttons"
          hint={`It begins with the panels as they are on ${present}.`}
          value={typed}
          onChange={(event) => setTyped(event.target.value)}
        />
        <fieldset className={forms["choices"]}>
          <legend>Then</legend>
          <label>
            <input type="checkbox" checked={switches} onChange={() => setSwitches(!switches)} />
            <span>
              Switch to it <small>for everybody in this workspace</small>
            </span>
          </label>
        </fieldset>
      </DialogForm>
    </Dialog>
  );
}
