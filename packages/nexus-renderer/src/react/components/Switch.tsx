/** A boolean of the state, turned on and off. */
import { type ReactElement, useId } from "react";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function Switch({ node, props, frame, bound }: DrawProps<"Switch">): ReactElement {
  const labelId = useId();
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  const on = Boolean(value);
  const label = props["aria-label"];
  const toggle = (): void => {
    set(!on);
    run();
  };
  return (
    <div id={frame.id} className={classes("nx-switch-cell", frame.className)}>
      <button
        type="button"
        role="switch"
        className="nx-switch"
        aria-checked={on}
        aria-label={label ?? (props.label ? undefined : "Switch")}
        aria-labelledby={!label && props.label ? labelId : undefined}
        disabled={props.disabled}
        onClick={toggle}
      >
        <span className="nx-switch-thumb" aria-hidden="true" />
      </button>
      {props.label && (
        <span
          id={labelId}
          className="nx-switch-label"
          onClick={props.disabled ? undefined : toggle}
        >
          {props.label}
        </span>
      )}
    </div>
  );
}
