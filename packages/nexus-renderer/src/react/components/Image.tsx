/** A picture of the same host. One from anywhere else is not asked for, and what it shows is said. */
import { type ReactElement, useState } from "react";
import type { Url } from "../../model/url";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { AlertIcon } from "../icons";

export function Image({ props, frame }: DrawProps<"Image">): ReactElement {
  return (
    <div id={frame.id} className={classes("nx-image-cell", frame.className)} {...frame.press}>
      <Picture src={props.src} alt={props["aria-label"] ?? props.alt} />
    </div>
  );
}

export function Picture({ src, alt }: { readonly src: Url; readonly alt: string }): ReactElement {
  const [failed, setFailed] = useState<string | null>(null);
  return src.allowed && failed !== src.address ? (
    <img
      className="nx-image"
      src={src.address}
      alt={alt}
      onError={() => setFailed(src.address)}
      loading="lazy"
      decoding="async"
      referrerPolicy="no-referrer"
    />
  ) : (
    <span
      className="nx-image-refused"
      title={src.allowed ? "The picture could not be loaded." : src.reason}
    >
      <AlertIcon />
      {alt}
    </span>
  );
}
