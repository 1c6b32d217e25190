/** Runs a tool when pressed; while it runs the button says so and takes no second press. */
import type { ReactElement } from "react";
import { useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../registry";

export function Button({
  node,
  props,
  frame,
  children,
}: DrawProps<"Button"> | DrawProps<"Action">): ReactElement {
  const { run, pending } = useTool(node, props.trigger, { exclusive: true });
  const compact = node.type === "Action";
  return (
    <div className={classes("nx-button-cell", frame.className)}>
      <button
        type="button"
        id={frame.id}
        className={classes(
          "nx-button",
          `nx-button-${props.variant}`,
          compact && "nx-button-compact",
        )}
        aria-label={props["aria-label"]}
        aria-busy={pending || undefined}
        aria-disabled={pending || undefined}
        disabled={props.disabled}
        onClick={() => run()}
      >
        <span className="nx-button-label">{node.props.label ? props.label : children}</span>
        {pending && <span className="nx-spinner" aria-hidden="true" />}
      </button>
    </div>
  );
}
