/** A list and its items. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function List({ props, frame, children }: DrawProps<"List">): ReactElement {
  return (
    <ul
      id={frame.id}
      aria-label={props["aria-label"]}
      className={classes("nx-list", frame.className)}
    >
      {children}
    </ul>
  );
}

export function ListItem({ props, frame, children }: DrawProps<"ListItem">): ReactElement {
  return (
    <li
      id={frame.id}
      aria-label={props["aria-label"]}
      className={classes("nx-list-item", frame.className)}
    >
      {children}
    </li>
  );
}
