/** A way to another page. An address that is not allowed leads nowhere, and says so. */
import type { ReactElement, ReactNode } from "react";
import type { Url } from "../../model/url";

interface AnchorProps {
  readonly url: Url;
  readonly id?: string;
  readonly label?: string;
  /** Hears that it is followed. */
  readonly onPress?: () => void;
  readonly children?: ReactNode;
}

export function Anchor({ url, id, label, onPress, children }: AnchorProps): ReactElement {
  if (!url.allowed)
    return (
      <span id={id} className="nx-link-refused" title={url.reason}>
        {children}
      </span>
    );
  return (
    <a
      id={id}
      className="nx-link"
      href={url.address}
      rel="noopener noreferrer"
      target={url.isElsewhere ? "_blank" : undefined}
      aria-label={label}
      onClick={onPress}
    >
      {children}
      {url.isElsewhere && <span className="nx-hidden"> (opens beside this page)</span>}
    </a>
  );
}
