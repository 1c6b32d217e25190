/** Asks before a panel goes. */
import { useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";
import { navigate, placeOf } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import styles from "./DeletePanelDialog.module.css";
import { titleOf } from "./directory.ts";

interface DeletePanelDialogProps {
  readonly panelId: string;
  readonly onClose: () => void;
}

export function DeletePanelDialog({ panelId, onClose }: DeletePanelDialogProps) {
  const { directory, drafts } = useStudio();
  const panel = useStore(directory).panels.find(({ id }) => id === panelId);
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<ApiError | null>(null);
  const title = panel === undefined ? panelId : titleOf(panel);

  const remove = async () => {
    setBusy(true);
    try {
      const here = placeOf(location.pathname);
      if (here.name === "panel" && here.id === panelId) navigate({ name: "home" }, { replace: true });
      await directory.remove(panelId);
      drafts.forget(panelId);
      onClose();
    } catch (thrown) {
      setError(asApiError(thrown));
      setBusy(false);
    }
  };

  return (
    <Dialog title={`Delete “${title}”?`} size="small" onClose={onClose}>
      <div className={styles["body"]}>
        <p>The panel and its state go, for everybody who has it open.</p>
        {error !== null && (
          <p role="alert" className={styles["error"]}>
            {error.message}
          </p>
        )}
        <footer>
          <Button autoFocus onClick={onClose}>
            Keep it
          </Button>
          <Button variant="danger" disabled={isBusy} onClick={() => void remove()}>
            {isBusy ? "Deleting…" : "Delete panel"}
          </Button>
        </footer>
      </div>
    </Dialog>
  );
}
