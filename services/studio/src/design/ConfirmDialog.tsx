/** Asks before something goes that does not come back, or concerns everybody, and says what it is. */
import type { ReactNode } from "react";

import { useTask } from "../app/useTask.ts";
import { Button } from "./Button.tsx";
import styles from "./ConfirmDialog.module.css";
import { Dialog } from "./Dialog.tsx";
import { FormError } from "./Field.tsx";

interface ConfirmDialogProps {
  /** A question that names what goes. */
  readonly title: string;
  /** What the button says that does it. */
  readonly act: string;
  /** Whether what goes does not come back. */
  readonly isFinal?: boolean;
  /** What the button says that does not; the focus is there. */
  readonly keep: string;
  /** Does it; the dialog closes when it is done, and says why where it cannot be. */
  readonly onConfirm: () => Promise<unknown>;
  readonly onClose: () => void;
  /** What it means. */
  readonly children: ReactNode;
}

export function ConfirmDialog({
  title,
  act,
  isFinal = true,
  keep,
  onConfirm,
  onClose,
  children,
}: ConfirmDialogProps) {
  const { run, isBusy, error } = useTask(onConfirm);
  const confirm = async () => {
    if (await run()) onClose();
  };
  return (
    <Dialog title={title} size="small" onClose={onClose}>
      <div className={styles["body"]}>
        <p>{children}</p>
        {error !== null && <FormError>{error.message}</FormError>}
        <footer>
          <Button autoFocus onClick={onClose}>
            {keep}
          </Button>
          <Button
            variant={isFinal ? "danger" : "primary"}
            aria-busy={isBusy}
            disabled={isBusy}
            onClick={() => void confirm()}
          >
            {act}
          </Button>
        </footer>
      </div>
    </Dialog>
  );
}
