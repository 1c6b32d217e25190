/** A password, hidden until it is asked for. */
import { Eye, EyeOff } from "lucide-react";
import { useState } from "react";

import { IconButton } from "../design/Button.tsx";
import { Field } from "../design/Field.tsx";
import styles from "./PasswordField.module.css";

/** What the kernel wants of a new one. */
const LEAST = 12;

interface PasswordFieldProps {
  readonly label: string;
  readonly isNew?: boolean;
  readonly autoFocus?: boolean;
  readonly value: string;
  readonly onChange: (password: string) => void;
}

export function PasswordField({ label, isNew = false, autoFocus = false, value, onChange }: PasswordFieldProps) {
  const [isShown, setShown] = useState(false);
  const Icon = isShown ? EyeOff : Eye;
  return (
    <div className={styles["field"]}>
      <Field
        label={label}
        type={isShown ? "text" : "password"}
        autoComplete={isNew ? "new-password" : "current-password"}
        autoFocus={autoFocus}
        hint={isNew ? `At least ${LEAST} characters; a few words do well.` : undefined}
        required
        minLength={isNew ? LEAST : undefined}
        maxLength={256}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <IconButton
        label={isShown ? "Hide the password" : "Show the password"}
        aria-pressed={isShown}
        onClick={() => setShown(!isShown)}
      >
        <Icon size={15} aria-hidden />
      </IconButton>
    </div>
  );
}
