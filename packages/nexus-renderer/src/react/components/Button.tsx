/**
 * Runs a tool when pressed; without one of its own, that of the form it stands in. While it runs
 * the button takes no second press, and says so once that lasts.
 */
import { type ReactElement, useContext } from "react";
import { useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { FormContext } from "../form";

export function Button({
  node,
  props,
  frame,
  children,
}: DrawProps<"Button"> | DrawProps<"Action">): ReactElement {
  const { run, waiting: runs } = useTool(node, props.trigger, { exclusive: true });
  const form = useContext(FormContext);
  const submits = form !== null && !props.trigger;
  const waiting = submits ? form.waiting : runs;
  const compact = node.type === "Action";
  return (
    <div className={classes("nx-button-cell", frame.className)}>
      <button
        type={submits ? "submit" : "button"}
        id={frame.id}
        className={classes(
          "nx-button",
          `nx-button-${props.variant}`,
          compact && "nx-button-compact",
        )}
        aria-label={props["aria-label"]}
        aria-busy={waiting || undefined}
        aria-disabled={waiting || undefined}
        disabled={props.disabled}
        onClick={submits ? undefined : () => run()}
      >
        <span className="nx-button-label">{node.props.label ? props.label : children}</span>
        {waiting && <span className="nx-spinner" aria-hidden="true" />}
      </button>
    </div>
  );
}
