/** Text in one of its roles. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { Markdown } from "./Markdown";

const ELEMENTS = {
  h1: "h1",
  h2: "h2",
  h3: "h3",
  h4: "h4",
  body: "p",
  code: "code",
  caption: "p",
} as const;

export function Text(given: DrawProps<"Text">): ReactElement {
  const { node, props, frame, children } = given;
  if (props.variant === "markdown") return <Markdown {...given} />;
  const Element = ELEMENTS[props.variant];
  return (
    <Element
      id={frame.id}
      aria-label={props["aria-label"]}
      className={classes("nx-text", `nx-text-${props.variant}`, frame.className)}
      {...frame.press}
    >
      {node.props.content ? props.content : children}
    </Element>
  );
}
