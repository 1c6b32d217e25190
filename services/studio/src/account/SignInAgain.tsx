/** Over everything once a login has ended: the page below stays as it is, unsaved text and all. */
import { type SubmitEvent, useState } from "react";

import { useStore } from "../app/store.ts";
import { useHouse } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { Field, FormError } from "../design/Field.tsx";
import styles from "../design/forms.module.css";
import { PasswordField } from "./PasswordField.tsx";

export default function SignInAgain() {
  const { session, anyUnsaved } = useHouse();
  const state = useStore(session);
  const email = state.phase === "expired" ? (state.user.email ?? "") : "";
  const [password, setPassword] = useState("");
  const { run, isBusy, error } = useTask(() => session.logIn({ email, password }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <Dialog title="Sign in again" size="small">
      <form className={styles["form"]} onSubmit={submit}>
        <p>
          Your login has ended.
          {anyUnsaved() && " What you wrote is still here."}
        </p>
        <Field label="E-mail" type="email" autoComplete="username" readOnly value={email} />
        <PasswordField label="Password" autoFocus value={password} onChange={setPassword} />
        {error !== null && <FormError>{error.message}</FormError>}
        <footer>
          <Button onClick={() => session.leave()}>Somebody else</Button>
          <Button type="submit" variant="primary" disabled={isBusy}>
            {isBusy ? "Signing in…" : "Sign in"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
