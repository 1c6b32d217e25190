/** Fields of a form: a label over an input or a choice, and a word about it below. */
import { type ComponentProps, type ReactNode, useId } from "react";

import styles from "./Field.module.css";

interface FieldProps extends Omit<ComponentProps<"input">, "id"> {
  readonly label: string;
  readonly hint?: string | undefined;
}

export function Field({ label, hint, ...input }: FieldProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <input id={id} className={styles["input"]} aria-describedby={hint && `${id}-hint`} {...input} />
    </Labelled>
  );
}

interface ChoiceProps extends Omit<ComponentProps<"select">, "id"> {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly children: ReactNode;
}

export function Choice({ label, hint, ...select }: ChoiceProps) {
  const id = useId();
  return (
    <Labelled id={id} label={label} hint={hint}>
      <select id={id} className={styles["input"]} aria-describedby={hint && `${id}-hint`} {...select} />
    </Labelled>
  );
}

interface LabelledProps {
  readonly id: string;
  readonly label: string;
  readonly hint: string | undefined;
  readonly children: ReactNode;
}

function Labelled({ id, label, hint, children }: LabelledProps) {
  return (
    <div className={styles["field"]}>
      <label htmlFor={id}>{label}</label>
      {children}
      {hint !== undefined && <small id={`${id}-hint`}>{hint}</small>}
    </div>
  );
}

/** Why a form could not be sent. */
export function FormError({ children }: { readonly children: ReactNode }) {
  return (
    <p role="alert" className={styles["error"]}>
      {children}
    </p>
  );
}
