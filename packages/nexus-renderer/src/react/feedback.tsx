/** What stands in the place of something that cannot be drawn. */
import type { ReactElement, ReactNode } from "react";
import { classes } from "./attributes";
import { AlertIcon } from "./icons";

/** An expression that failed, in the place of its value. */
export function ErrorMark({
  message,
  className,
}: {
  readonly message: string;
  readonly className?: string;
}): ReactElement {
  return (
    <span className={classes("nx-error-mark", className)} title={message}>
      <AlertIcon />
      <span className="nx-error-mark-text">{message}</span>
    </span>
  );
}

/** A component that this renderer does not know. */
export function Placeholder({
  name,
  className,
}: {
  readonly name: string;
  readonly className?: string;
}): ReactElement {
  return (
    <div className={classes("nx-placeholder", className)}>
      Unknown component <code className="nx-inline-code">{name.slice(0, 80)}</code>
    </div>
  );
}

/** Something that failed as a whole. */
export function ErrorCard({
  title,
  message,
  children,
}: {
  readonly title: string;
  readonly message: string;
  readonly children?: ReactNode;
}): ReactElement {
  return (
    <div className="nx-error-card" role="alert">
      <AlertIcon />
      <div className="nx-error-card-body">
        <p className="nx-error-card-title">{title}</p>
        <p className="nx-error-card-message">{message}</p>
        {children}
      </div>
    </div>
  );
}

/** A list or panel with nothing in it. */
export function Empty({ children }: { readonly children: ReactNode }): ReactElement {
  return <p className="nx-empty">{children}</p>;
}
