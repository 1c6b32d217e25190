/** A short state in words and colour; the words carry the meaning. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function StatusBadge({ props, frame }: DrawProps<"StatusBadge">): ReactElement {
  const { label, status } = props;
  return (
    <div id={frame.id} className={classes("nx-badge-cell", frame.className)} {...frame.press}>
      <span className={`nx-badge nx-badge-${status}`} aria-label={props["aria-label"]}>
        <span className="nx-badge-dot" aria-hidden="true" />
        {label}
      </span>
    </div>
  );
}
