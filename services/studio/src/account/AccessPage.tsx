/** Signing in, or making an account; what the address asks for is shown right after. */
import { type SubmitEvent, useState } from "react";

import { Mark } from "../app/Mark.tsx";
import { navigate, placeOf, usePath } from "../app/router.ts";
import { useHouse } from "../app/studio.tsx";
import { ThemeToggle } from "../app/ThemeToggle.tsx";
import { usePageTitle } from "../app/title.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { Field, FormError } from "../design/Field.tsx";
import styles from "./AccessPage.module.css";
import { invitationHere } from "./invitation.ts";
import { PasswordField } from "./PasswordField.tsx";

export default function AccessPage() {
  const isInvited = placeOf(usePath()).name === "invitation" && invitationHere() !== "";
  const [isNew, setNew] = useState(isInvited);
  const title = isNew ? (isInvited ? "You are invited" : "Make an account") : "Sign in";
  usePageTitle(title);
  return (
    <main className={styles["page"]}>
      <section className={styles["card"]}>
        <Mark size={40} />
        <h1>{title}</h1>
        <p>{isNew ? "An account takes a minute, and stays on this server." : "Welcome back to Nexus."}</p>
        {isNew ? <SignUpForm isInvited={isInvited} /> : <LogInForm />}
        <p className={styles["other"]}>
          {isNew ? "You have an account?" : "No account yet?"}{" "}
          <button type="button" onClick={() => setNew(!isNew)}>
            {isNew ? "Sign in" : "Make one"}
          </button>
        </p>
      </section>
      <footer className={styles["footer"]}>
        <ThemeToggle />
      </footer>
    </main>
  );
}

function LogInForm() {
  const { session } = useHouse();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { run, isBusy, error } = useTask(() => session.logIn({ email: email.trim(), password }));
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <form onSubmit={submit}>
      <EmailField value={email} onChange={setEmail} />
      <PasswordField label="Password" value={password} onChange={setPassword} />
      {error !== null && <FormError>{error.message}</FormError>}
      <Button type="submit" variant="primary" disabled={isBusy}>
        {isBusy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}

function SignUpForm({ isInvited }: { readonly isInvited: boolean }) {
  const { session } = useHouse();
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const { run, isBusy, error } = useTask(async () => {
    const account = { name: name.trim(), email: email.trim(), password };
    await session.signUp(isInvited ? { ...account, invitation: invitationHere() } : account);
    navigate({ name: "home" }, { replace: true });
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void run();
  };
  return (
    <form onSubmit={submit}>
      <Field
        label="Name"
        autoComplete="name"
        autoFocus
        required
        maxLength={100}
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <EmailField value={email} onChange={setEmail} />
      <PasswordField label="Password" isNew value={password} onChange={setPassword} />
      {error !== null && <FormError>{error.message}</FormError>}
      <Button type="submit" variant="primary" disabled={isBusy}>
        {isBusy ? "Making it…" : "Make account"}
      </Button>
    </form>
  );
}

interface EmailFieldProps {
  readonly value: string;
  readonly onChange: (email: string) => void;
}

function EmailField({ value, onChange }: EmailFieldProps) {
  return (
    <Field
      label="E-mail"
      type="email"
      autoComplete="username"
      required
      maxLength={254}
      value={value}
      onChange={(event) => onChange(event.target.value)}
    />
  );
}
