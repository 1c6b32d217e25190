/**
 * Runs a tool when pressed; without one of its own, that of the form it stands in. While it runs the button takes no second press, and says so once that
 * lasts: most tools are done before a sign of waiting could be read.
 */
import { type ReactElement, useContext } from "react";
import { useTool } from "../actions";
import { classes } from "../attributes";
import { useLasting } from "../hooks";
import type { DrawProps } from "../drawing";
import { FormContext } from "../form";

const WAITING_SHOWN_AFTER = 180;

export function Button({
  node,
  props,
  frame,
  children,
}: DrawProps<"Button"> | DrawProps<"Action">): ReactElement {
  const { run, pending } = useTool(node, props.trigger, { exclusive: true });
  const form = useContext(FormContext);
  const submits = form !== null && !props.trigger;
  const waiting = useLasting(submits ? form.pending : pending, WAITING_SHOWN_AFTER);
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
