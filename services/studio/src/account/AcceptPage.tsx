/** An invitation, for somebody who is in already: join, or not. */
import { navigate } from "../app/router.ts";
import { Mark } from "../app/Mark.tsx";
import { useStore } from "../app/store.ts";
import { useHouse } from "../app/studio.tsx";
import { usePageTitle } from "../app/title.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import styles from "./AccessPage.module.css";
import { invitationHere } from "./invitation.ts";

export default function AcceptPage() {
  const { session, accounts, workspaces } = useHouse();
  const state = useStore(session);
  usePageTitle("You are invited");
  const { run, isBusy, error } = useTask(async () => {
    const { workspace } = await accounts.acceptInvitation(invitationHere());
    await workspaces.load();
    navigate({ name: "home" }, { replace: true, workspace });
  });
  return (
    <main className={styles["page"]}>
      <section className={styles["card"]}>
        <Mark size={40} />
        <h1>You are invited</h1>
        <p>Join the workspace as {state.phase === "in" ? state.user.name : "yourself"}.</p>
        {error !== null && <FormError>{error.message}</FormError>}
        <div className={styles["actions"]}>
          <Button variant="primary" disabled={isBusy} onClick={() => void run()}>
            {isBusy ? "Joining…" : "Join"}
          </Button>
          <Button onClick={() => navigate({ name: "home" }, { replace: true })}>Not now</Button>
        </div>
      </section>
    </main>
  );
}
