/** A list and its items, which say where they are in it when not all of them are drawn. */
import { type ReactElement, useContext } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { InListContext, PlaceContext } from "../places";

export function List({ props, frame, children }: DrawProps<"List">): ReactElement {
  return (
    <ul
      id={frame.id}
      aria-label={props["aria-label"]}
      className={classes("nx-list", frame.className)}
      {...frame.press}
    >
      <InListContext.Provider value={true}>{children}</InListContext.Provider>
    </ul>
  );
}

export function ListItem({ props, frame, children }: DrawProps<"ListItem">): ReactElement {
  const [position, size] = useContext(PlaceContext)?.split("/") ?? [];
  return (
    <li
      id={frame.id}
      aria-label={props["aria-label"]}
      aria-posinset={position ? Number(position) : undefined}
      aria-setsize={size ? Number(size) : undefined}
      className={classes("nx-list-item", frame.className)}
      {...frame.press}
    >
      <InListContext.Provider value={false}>
        <PlaceContext.Provider value={null}>{children}</PlaceContext.Provider>
      </InListContext.Provider>
    </li>
  );
}
