/** Arranges its children: on the 12-column grid, stacked, in a row, or as a flex box; and its short forms. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function Layout({ props, frame, children }: DrawProps<"Layout">): ReactElement {
  const { strategy, direction, gap, align, justify } = props;
  const label = props["aria-label"];
  return (
    <div
      id={frame.id}
      role={label ? "group" : undefined}
      aria-label={label}
      className={classes(
        "nx-layout",
        `nx-layout-${strategy}`,
        strategy === "flex" && `nx-direction-${direction}`,
        `nx-gap-${gap}`,
        `nx-align-${align}`,
        `nx-justify-${justify}`,
        frame.className,
      )}
      {...frame.press}
    >
      {children}
    </div>
  );
}

export function Row({ props, ...rest }: DrawProps<"Row">): ReactElement {
  return <Layout {...rest} props={{ ...props, strategy: "row", direction: "row" }} />;
}

export function Column({ props, ...rest }: DrawProps<"Column">): ReactElement {
  return <Layout {...rest} props={{ ...props, strategy: "stack", direction: "column" }} />;
}
