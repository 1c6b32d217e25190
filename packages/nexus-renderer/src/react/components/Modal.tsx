/**
 * A dialog over the page.
 *
 * The page's own dialog keeps the focus inside, gives it back, and hears Escape. Closing it
 * writes `false` where it is bound; where it is only told to be open, it stays closed until it is
 * told so anew.
 */
import { type ReactElement, type ReactNode, useId, useLayoutEffect, useRef, useState } from "react";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import { HeadingContext } from "../context";
import type { DrawProps } from "../drawing";
import { CloseIcon } from "../icons";

export function Modal({ node, props, frame, bound, children }: DrawProps<"Modal">): ReactNode {
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  const [closed, setClosed] = useState(false);
  const isWanted = node.props.bind ? Boolean(value) : props.open;
  if (!isWanted && closed) setClosed(false);
  if (!isWanted || closed) return null;
  const close = (): void => {
    if (node.props.bind) set(false);
    else setClosed(true);
    run();
  };
  return (
    <Dialog props={props} frame={frame} onClose={close}>
      {children}
    </Dialog>
  );
}

interface DialogProps extends Pick<DrawProps<"Modal">, "props" | "frame"> {
  readonly onClose: () => void;
  readonly children: ReactNode;
}

function Dialog({ props, frame, onClose, children }: DialogProps): ReactElement {
  const dialog = useRef<HTMLDialogElement>(null);
  const titleId = useId();
  const name = props["aria-label"];
  useLayoutEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);
  return (
    <dialog
      ref={dialog}
      id={frame.id}
      className={classes("nx-modal", frame.className)}
      aria-label={name}
      aria-labelledby={name ? undefined : titleId}
      onCancel={(event) => {
        if (event.target !== dialog.current) return;
        event.preventDefault();
        onClose();
      }}
      // A browser may close it without asking, after Escape was held back once.
      onClose={() => dialog.current?.open === false && onClose()}
    >
      <h2 id={titleId} className="nx-modal-title">
        {props.title}
      </h2>
      <div className="nx-modal-body nx-layout nx-layout-auto nx-gap-md">
        <HeadingContext.Provider value={3}>{children}</HeadingContext.Provider>
      </div>
      <button
        type="button"
        className="nx-dismiss nx-modal-close"
        aria-label="Close"
        onClick={onClose}
      >
        <CloseIcon />
      </button>
    </dialog>
  );
}
