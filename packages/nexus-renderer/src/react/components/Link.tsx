/** Leads to another page. An address that is not allowed leads nowhere, and says so. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function Link({ node, props, frame, children }: DrawProps<"Link">): ReactElement {
  const { href } = props;
  const text = node.props.label ? props.label : children;
  return (
    <div className={classes("nx-link-cell", frame.className)}>
      {href.allowed ? (
        <a
          id={frame.id}
          className="nx-link"
          href={href.address}
          rel="noopener noreferrer"
          target={href.isElsewhere ? "_blank" : undefined}
          aria-label={props["aria-label"]}
        >
          {text}
          {href.isElsewhere && <span className="nx-hidden"> (opens beside this page)</span>}
        </a>
      ) : (
        <span id={frame.id} className="nx-link-refused" title={href.reason}>
          {text}
        </span>
      )}
    </div>
  );
}
