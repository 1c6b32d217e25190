/** The form of a dialog: what is asked for, why it could not be done, and the two ways out. */
import type { ReactNode, SubmitEvent } from "react";

import type { Task } from "../app/useTask.ts";
import { Button } from "./Button.tsx";
import { FormError } from "./Field.tsx";
import styles from "./forms.module.css";

interface DialogFormProps {
  /** What the button says that does it. */
  readonly act: string;
  /** What that button says meanwhile, if something else. */
  readonly acting?: string;
  readonly task: Task<[]>;
  /** Whether something is missing that no field tells by itself. */
  readonly disabled?: boolean;
  readonly onClose: () => void;
  readonly children: ReactNode;
}

export function DialogForm({ act, acting = act, task, disabled = false, onClose, children }: DialogFormProps) {
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void task.run();
  };
  return (
    <form className={styles["form"]} onSubmit={submit}>
      {children}
      {task.error !== null && <FormError>{task.error.message}</FormError>}
      <footer>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="primary" disabled={task.isBusy || disabled}>
          {task.isBusy ? acting : act}
        </Button>
      </footer>
    </form>
  );
}
