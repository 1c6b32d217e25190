/** Fields of a form: a label over an input or a choice, and a word about it below. */
import { ChevronDown } from "lucide-react";
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
      <Select id={id} aria-describedby={hint && `${id}-hint`} {...select} />
    </Labelled>
  );
}

/** A choice that has its name from elsewhere. */
export function Select(select: ComponentProps<"select">) {
  return (
    <span className={styles["choice"]}>
      <select className={styles["input"]} {...select} />
      <ChevronDown size={14} aria-hidden />
    </span>
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
