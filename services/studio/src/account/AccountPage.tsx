/** What is one's own: password, logins, tokens, usage, what was done, and the way out for good. */
import { type SubmitEvent, useState } from "react";

import { useStore } from "../app/store.ts";
import { useHouse } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { FormError } from "../design/Field.tsx";
import styles from "../design/forms.module.css";
import { Page, Section } from "../design/Page.tsx";
import { ActivitySection } from "./ActivitySection.tsx";
import { PasswordField } from "./PasswordField.tsx";
import { TokensSection } from "./TokensSection.tsx";
import { UsageSection } from "./UsageSection.tsx";

export default function AccountPage() {
  const state = useStore(useHouse().session);
  const user = state.phase === "in" || state.phase === "expired" ? state.user : null;
  return (
    <Page title="Your account" about={user && `${user.name} · ${user.email ?? ""}`}>
      <PasswordSection />
      <LoginsSection />
      <TokensSection />
      <UsageSection />
      <ActivitySection />
      <DeleteSection />
    </Page>
  );
}

function PasswordSection() {
  const { session } = useHouse();
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [isDone, setDone] = useState(false);
  const { run, isBusy, error } = useTask(async () => {
    await session.changePassword(current, next);
    setCurrent("");
    setNext("");
    setDone(true);
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    setDone(false);
    void run();
  };
  return (
    <Section title="Password" about="Changing it ends all other logins.">
      <form onSubmit={submit}>
        <PasswordField label="Present password" value={current} onChange={setCurrent} />
        <PasswordField label="New password" isNew value={next} onChange={setNext} />
        {error !== null && <FormError>{error.message}</FormError>}
        <div className={styles["row"]}>
          <p role="status">{isDone && "The password is changed."}</p>
          <Button type="submit" disabled={isBusy || current === "" || next === ""}>
            Change password
          </Button>
        </div>
      </form>
    </Section>
  );
}

function LoginsSection() {
  const { session } = useHouse();
  const { run, isBusy, error } = useTask(() => session.logOutEverywhere());
  return (
    <Section
      title="Logins"
      about="Ends every login of yours, on this machine and on others. Tokens go on."
      action={
        <Button disabled={isBusy} onClick={() => void run()}>
          Log out everywhere
        </Button>
      }
    >
      {error !== null && <FormError>{error.message}</FormError>}
    </Section>
  );
}

function DeleteSection() {
  const [isAsking, setAsking] = useState(false);
  return (
    <Section
      title="Delete account"
      about="Your account goes. What you made stays with the workspaces that it is in."
      action={
        <Button variant="danger" onClick={() => setAsking(true)}>
          Delete account…
        </Button>
      }
    >
      {isAsking && <DeleteDialog onClose={() => setAsking(false)} />}
    </Section>
  );
}

function DeleteDialog({ onClose }: { readonly onClose: () => void }) {
  const { session } = useHouse();
  const [password, setPassword] = useState("");
  const { run, isBusy, error } = useTask(() => session.deleteAccount(password));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <Dialog title="Delete your account?" size="small" onClose={onClose}>
      <form className={styles["form"]} onSubmit={submit}>
        <p>This cannot be undone.</p>
        <PasswordField label="Password" autoFocus value={password} onChange={setPassword} />
        {error !== null && <FormError>{error.message}</FormError>}
        <footer>
          <Button onClick={onClose}>Keep it</Button>
          <Button type="submit" variant="danger" disabled={isBusy}>
            Delete account
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
