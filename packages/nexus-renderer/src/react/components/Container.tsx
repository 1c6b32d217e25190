/** A framed group with an optional title, and its short form. */
import { type ReactElement, useContext, useId } from "react";
import { classes } from "../attributes";
import { HeadingContext } from "../context";
import type { DrawProps } from "../drawing";

export function Container({ props, frame, children }: DrawProps<"Container">): ReactElement {
  const titleId = useId();
  const level = useContext(HeadingContext);
  const Heading = `h${Math.min(6, level)}` as "h3";
  const { title, variant } = props;
  const label = props["aria-label"];
  const named = Boolean(label || title);
  return (
    <div
      id={frame.id}
      className={classes("nx-container", `nx-container-${variant}`, frame.className)}
      role={named ? "group" : undefined}
      aria-label={label}
      // A group is named by its title; a button by all that it says.
      aria-labelledby={!label && title && frame.press?.role !== "button" ? titleId : undefined}
      {...frame.press}
    >
      {title && (
        <Heading id={titleId} className="nx-container-title">
          {title}
        </Heading>
      )}
      <div className="nx-container-body nx-layout nx-layout-auto nx-gap-md">
        <HeadingContext.Provider value={title ? level + 1 : level}>{children}</HeadingContext.Provider>
      </div>
    </div>
  );
}

export function Card({ props, ...rest }: DrawProps<"Card">): ReactElement {
  return <Container {...rest} props={{ ...props, variant: "card" }} />;
}
