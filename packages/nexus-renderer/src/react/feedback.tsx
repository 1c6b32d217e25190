/** What stands in the place of something that cannot be drawn. */
import type { ReactElement, ReactNode } from "react";
import { classes } from "./attributes";
import { AlertIcon, ModuleIcon } from "./icons";

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

/** A component that its panel takes from a host that does not have it. */
export function Unregistered({ module }: { readonly module: string }): ReactElement {
  return (
    <div className="nx-placeholder nx-unregistered">
      <ModuleIcon />
      <div className="nx-unregistered-words">
        <p>
          Custom component <code className="nx-inline-code">{module.slice(0, 80)}</code>
        </p>
        <p className="nx-unregistered-reason">It is not registered where this panel is shown.</p>
      </div>
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
