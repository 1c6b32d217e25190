/** A boolean of the state, ticked or not. */
import type { ReactElement } from "react";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { fieldName } from "../naming";

export function Checkbox({ node, props, frame, bound }: DrawProps<"Checkbox">): ReactElement {
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  return (
    <div id={frame.id} className={classes("nx-checkbox-cell", frame.className)}>
      <label className="nx-checkbox-label">
        <input
          type="checkbox"
          className="nx-checkbox"
          checked={Boolean(value)}
          disabled={props.disabled}
          aria-label={fieldName(node, props)}
          onChange={(event) => {
            set(event.target.checked);
            run();
          }}
        />
        {props.label && <span className="nx-checkbox-text">{props.label}</span>}
      </label>
    </div>
  );
}
