/** A new workspace: a name, and one is in it. */
import { useState } from "react";

import { navigate } from "../app/router.ts";
import { useHouse } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Dialog } from "../design/Dialog.tsx";
import { DialogForm } from "../design/DialogForm.tsx";
import { Field } from "../design/Field.tsx";

export function NewWorkspaceDialog({ onClose }: { readonly onClose: () => void }) {
  const { workspaces } = useHouse();
  const [title, setTitle] = useState("");
  const task = useTask(async () => {
    if (title.trim() === "") return;
    const { id } = await workspaces.create(title.trim());
    onClose();
    navigate({ name: "home" }, { workspace: id });
  });
  return (
    <Dialog title="New workspace" size="small" onClose={onClose}>
      <DialogForm act="Make workspace" acting="Making it…" task={task} onClose={onClose}>
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
      </DialogForm>
    </Dialog>
  );
}
