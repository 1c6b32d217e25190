/** How far something has come, and that something goes on. */
import { type ReactElement, useId } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function Progress({ props, frame }: DrawProps<"Progress">): ReactElement {
  const labelId = useId();
  const { label, value } = props;
  const max = props.max > 0 ? props.max : 100;
  const done = value === undefined ? undefined : Math.min(max, Math.max(0, value));
  const percent = done === undefined ? undefined : Math.round((done / max) * 100);
  const name = props["aria-label"];
  return (
    <div id={frame.id} className={classes("nx-field", frame.className)} {...frame.press}>
      {(label || percent !== undefined) && (
        <div className="nx-slider-head">
          {label && (
            <span id={labelId} className="nx-label">
              {label}
            </span>
          )}
          {percent !== undefined && (
            <span className="nx-slider-value" aria-hidden="true">
              {percent}%
            </span>
          )}
        </div>
      )}
      <div
        role="progressbar"
        className={classes("nx-progress", percent === undefined && "nx-progress-endless")}
        aria-label={name ?? (label ? undefined : "Progress")}
        aria-labelledby={!name && label ? labelId : undefined}
        aria-valuemin={0}
        aria-valuemax={max}
        aria-valuenow={done}
      >
        <div
          className="nx-progress-done"
          style={percent === undefined ? undefined : { width: `${percent}%` }}
        />
      </div>
    </div>
  );
}

export function Spinner({ props, frame }: DrawProps<"Spinner">): ReactElement {
  return (
    <div
      id={frame.id}
      role="status"
      aria-label={props["aria-label"]}
      className={classes("nx-spinner-cell", frame.className)}
      {...frame.press}
    >
      <span className="nx-spinner" aria-hidden="true" />
      {props.label ? <span>{props.label}</span> : <span className="nx-hidden">Loading</span>}
    </div>
  );
}
