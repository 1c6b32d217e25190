/** For somebody who is in no workspace yet: make one. */
import { type SubmitEvent, useState } from "react";

import { Mark } from "../app/Mark.tsx";
import { useHouse } from "../app/studio.tsx";
import { usePageTitle } from "../app/title.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Field, FormError } from "../design/Field.tsx";
import { navigate } from "../app/router.ts";
import styles from "./AccessPage.module.css";

export default function FirstWorkspacePage() {
  const { session, workspaces } = useHouse();
  const [title, setTitle] = useState("");
  usePageTitle("Your first workspace");
  const { run, isBusy, error } = useTask(async () => {
    const { id } = await workspaces.create(title.trim());
    navigate({ name: "home" }, { replace: true, workspace: id });
  });
  const leave = useTask(() => session.logOut());
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    if (title.trim() !== "") void run();
  };
  return (
    <main className={styles["page"]}>
      <section className={styles["card"]}>
        <Mark size={40} />
        <h1>Your first workspace</h1>
        <p>A workspace holds panels, and the people who may use them. Or ask for an invitation to one.</p>
        <form onSubmit={submit}>
          <Field
            label="Name"
            required
            autoFocus
            maxLength={80}
            placeholder="Home"
            value={title}
            onChange={(event) => setTitle(event.target.value)}
          />
          {error !== null && <FormError>{error.message}</FormError>}
          <Button type="submit" variant="primary" disabled={isBusy}>
            {isBusy ? "Making it…" : "Make workspace"}
          </Button>
        </form>
        <p className={styles["other"]}>
          <button type="button" onClick={() => void leave.run()}>
            Log out
          </button>
        </p>
      </section>
    </main>
  );
}
