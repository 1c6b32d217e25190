/** A modal dialog on the browser's own: it traps focus, closes on Escape and gives focus back. */
import { X } from "lucide-react";
import { type MouseEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";

import { IconButton } from "./Button.tsx";
import { classes } from "./classes.ts";
import styles from "./Dialog.module.css";

interface DialogProps {
  readonly title: string;
  /** Without it the dialog stays until what is in it is done. */
  readonly onClose?: () => void;
  readonly children: ReactNode;
  /** `bare`: the title is for screen readers only; `drawer`: at the left edge, full height. */
  readonly kind?: "plain" | "bare" | "drawer";
  readonly size?: "small" | "medium";
}

export function Dialog({ title, onClose, children, kind = "plain", size = "medium" }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const heading = useId();

  const [isShown, setShown] = useState(false);

  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    // What is in a dialog can take the focus from now on, and not before.
    setShown(true);
    return () => dialog?.close();
  }, []);

  /** A press on the backdrop is told of the dialog itself. */
  const closeOnBackdrop = (event: MouseEvent) => {
    if (event.target === ref.current) onClose?.();
  };

  return (
    <dialog
      ref={ref}
      aria-labelledby={heading}
      className={classes(styles["dialog"], styles[kind], styles[size])}
      onMouseDown={closeOnBackdrop}
      onCancel={(event) => {
        event.preventDefault();
        onClose?.();
      }}
    >
      <div className={styles["body"]}>
        {kind === "plain" ? (
          <header className={styles["header"]}>
            <h2 id={heading}>{title}</h2>
            {onClose !== undefined && (
              <IconButton label="Close" onClick={onClose}>
                <X size={16} aria-hidden />
              </IconButton>
            )}
          </header>
        ) : (
          <h2 id={heading} className="visually-hidden">
            {title}
          </h2>
        )}
        {isShown && children}
      </div>
    </dialog>
  );
}
