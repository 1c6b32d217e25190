/** A new workspace: a name, and one is in it. */
import { type SubmitEvent, useState } from "react";

import { navigate } from "../app/router.ts";
import { useHouse } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { Field, FormError } from "../design/Field.tsx";
import styles from "./forms.module.css";

export function NewWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { workspaces } = useHouse();
  const [title, setTitle] = useState("");
  const { run, isBusy, error } = useTask(async () => {
    const { id } = await workspaces.create(title.trim());
    onClose();
    navigate({ name: "home" }, { workspace: id });
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (title.trim() !== "") void run();
  };
  return (
    <Dialog title="New workspace" size="small" onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        <Field
          label="Name"
          required
          autoFocus
          autoComplete="off"
          maxLength={80}
          placeholder="Workshop"
          hint="Panels of one workspace are kept apart from those of another."
          value={title}
          onChange={(event) => setTitle(event.target.value)}
        />
        {error !== null && <FormError>{error.message}</FormError>}
        <footer>
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            {isBusy ? "Making it…" : "Make workspace"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
