/** Asks before somebody leaves, where unsaved text would go with them. */
import { useEffect, useEffectEvent } from "react";

import { useHouse } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { FormError } from "../design/Field.tsx";
import styles from "../design/forms.module.css";

export function LogOutDialog({ onClose }: { readonly onClose: () => void }) {
  const { session, anyUnsaved } = useHouse();
  const { run, isBusy, error } = useTask(() => session.logOut());
  const mustAsk = anyUnsaved();
  const leaveAtOnce = useEffectEvent(() => {
    if (!mustAsk) void run();
  });
  useEffect(() => leaveAtOnce(), []);
  if (!mustAsk && error === null) return null;
  return (
    <Dialog title="Log out?" size="small" onClose={onClose}>
      <div className={styles["form"]}>
        <p>{mustAsk ? "There is text that is not saved. It goes when you do." : "That did not work yet."}</p>
        {error !== null && <FormError>{error.message}</FormError>}
        <footer>
          <Button autoFocus onClick={onClose}>
            Stay
          </Button>
          <Button variant="danger" disabled={isBusy} onClick={() => void run()}>
            Log out
          </Button>
        </footer>
      </div>
    </Dialog>
  );
}
