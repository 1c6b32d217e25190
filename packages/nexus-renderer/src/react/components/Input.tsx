/**
 * A field bound to the state.
 *
 * What is typed is in the state at once, so the field only ever shows the state. The one
 * exception is a number that is not finished: "-" and "1." stay as they are until they are one.
 */
import { type KeyboardEvent, type ReactElement, useId, useState } from "react";
import { display } from "../../model/display";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { fieldName } from "../naming";

export function Input({ node, props, frame, bound }: DrawProps<"Input">): ReactElement {
  const fieldId = useId();
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  const isNumber = props.inputType === "number";
  const [draft, setDraft] = useState<string | null>(null);
  const { label, placeholder, disabled } = props;

  const write = (text: string): void => {
    if (!isNumber) return set(text);
    setDraft(text);
    const number = Number(text);
    if (text.trim() === "") set(null);
    else if (Number.isFinite(number)) set(number);
  };
  const shared = {
    id: fieldId,
    className: "nx-input",
    value: isNumber && draft !== null && isSame(draft, value) ? draft : display(value),
    placeholder,
    disabled,
    "aria-label": fieldName(node, props, placeholder),
    onChange: (event: { target: { value: string } }) => write(event.target.value),
    onBlur: () => setDraft(null),
    onKeyDown: (event: KeyboardEvent) => {
      if (!props.trigger || event.key !== "Enter" || event.nativeEvent.isComposing) return;
      if (props.multiline && !event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      run();
    },
  };
  return (
    <div id={frame.id} className={classes("nx-field", frame.className)}>
      {label && (
        <label className="nx-label" htmlFor={fieldId}>
          {label}
        </label>
      )}
      {props.multiline ? (
        <textarea {...shared} rows={Math.min(40, Math.max(1, props.rows))} />
      ) : (
        <input
          {...shared}
          type={isNumber ? "text" : props.inputType}
          inputMode={isNumber ? "decimal" : undefined}
          autoComplete={props.inputType === "password" ? "new-password" : "off"}
        />
      )}
    </div>
  );
}

/** Tell whether a draft still stands for the value: nobody else has written meanwhile. */
function isSame(draft: string, value: unknown): boolean {
  const number = Number(draft);
  if (draft.trim() === "") return value === null || value === undefined;
  return !Number.isFinite(number) || number === value;
}
