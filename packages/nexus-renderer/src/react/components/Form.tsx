/**
 * Fields that one tool takes together.
 *
 * A field that runs a tool of its own on Enter has done so when the key comes here; any other one
 * submits the form, as a button without a tool does, unless that is disabled. The page's own
 * submission never happens.
 */
import { type FormEvent, type KeyboardEvent, type ReactElement, useContext } from "react";
import { useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { FormContext } from "../form";

export function Form({ node, props, frame, children }: DrawProps<"Form">): ReactElement {
  if (useContext(FormContext)) throw new Error("it stands in another Form");
  const { run, waiting } = useTool(node, props.trigger, { exclusive: true });
  const submit = (event: FormEvent): void => {
    event.preventDefault();
    run();
  };
  return (
    <form
      id={frame.id}
      noValidate
      aria-label={props["aria-label"]}
      aria-busy={waiting || undefined}
      className={classes("nx-form nx-layout nx-layout-auto nx-gap-md", frame.className)}
      onKeyDown={(event) => isSubmitting(event) && submit(event)}
      onSubmit={submit}
    >
      <FormContext.Provider value={{ waiting }}>{children}</FormContext.Provider>
    </form>
  );
}

function isSubmitting(event: KeyboardEvent<HTMLFormElement>): boolean {
  if (event.currentTarget.querySelector("button[type=submit]:disabled")) return false;
  if (event.key !== "Enter" || event.defaultPrevented || event.nativeEvent.isComposing)
    return false;
  const { target } = event;
  if (target instanceof HTMLTextAreaElement) return event.ctrlKey || event.metaKey;
  return target instanceof HTMLInputElement;
}
