/** A picture of the same host. One from anywhere else is not asked for, and what it shows is said. */
import type { ReactElement } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { AlertIcon } from "../icons";

export function Image({ props, frame }: DrawProps<"Image">): ReactElement {
  const { src, alt } = props;
  return (
    <div id={frame.id} className={classes("nx-image-cell", frame.className)}>
      {src.allowed ? (
        <img
          className="nx-image"
          src={src.address}
          alt={props["aria-label"] ?? alt}
          loading="lazy"
          decoding="async"
          referrerPolicy="no-referrer"
        />
      ) : (
        <span className="nx-image-refused" title={src.reason}>
          <AlertIcon />
          {alt}
        </span>
      )}
    </div>
  );
}
