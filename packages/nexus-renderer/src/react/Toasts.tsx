/** Short messages that handlers emit: `$emit.toast(text, level)`. */
import { type ReactElement, useCallback, useEffect, useRef, useState } from "react";
import type { EventMessage } from "../generated/protocol";
import { display } from "../model/display";
import { type EventSource, useEvents } from "./hooks";
import { AlertIcon, CheckIcon, CloseIcon } from "./icons";

const SHOWN = 4;
const DURATION = 5_000;
const LEVELS = ["info", "success", "warn", "error"] as const;
type Level = (typeof LEVELS)[number];

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly level: Level;
}

/** Shows the `toast` events of a client or panel, and takes them away after a while. */
export function Toasts({ source }: { readonly source: EventSource }): ReactElement {
  const [toasts, setToasts] = useState<readonly Toast[]>([]);
  const count = useRef(0);
  useEvents(source, (event) => {
    if (event.name !== "toast") return;
    count.current += 1;
    const toast = { id: count.current, ...readToast(event) };
    setToasts((before) => [...before, toast].slice(-SHOWN));
  });
  const dismiss = useCallback(
    (id: number) => setToasts((before) => before.filter((t) => t.id !== id)),
    [],
  );
  return (
    <div className="nx-root nx-toasts" role="status" aria-live="polite">
      {toasts.map((toast) => (
        <ToastView key={toast.id} toast={toast} onDismiss={dismiss} />
      ))}
    </div>
  );
}

function ToastView({
  toast,
  onDismiss,
}: {
  readonly toast: Toast;
  readonly onDismiss: (id: number) => void;
}): ReactElement {
  const [held, setHeld] = useState(false);
  useEffect(() => {
    if (held) return undefined;
    const timer = setTimeout(() => onDismiss(toast.id), DURATION);
    return () => clearTimeout(timer);
  }, [held, toast.id, onDismiss]);
  return (
    <div
      className={`nx-toast nx-toast-${toast.level}`}
      role={toast.level === "error" ? "alert" : undefined}
      onMouseEnter={() => setHeld(true)}
      onMouseLeave={() => setHeld(false)}
      onFocus={() => setHeld(true)}
      onBlur={() => setHeld(false)}
    >
      {toast.level === "success" ? <CheckIcon /> : <AlertIcon />}
      <span className="nx-toast-text">{toast.text}</span>
      <button
        type="button"
        className="nx-dismiss"
        aria-label="Dismiss"
        onClick={() => onDismiss(toast.id)}
      >
        <CloseIcon />
      </button>
    </div>
  );
}

/** Handlers emit an object; a bare text is accepted too. */
function readToast({ payload }: EventMessage): { text: string; level: Level } {
  if (typeof payload !== "object" || payload === null)
    return { text: display(payload), level: "info" };
  const { text, message, level } = payload as Record<string, unknown>;
  return {
    text: display(text ?? message),
    level: LEVELS.find((known) => known === level) ?? (level === "warning" ? "warn" : "info"),
  };
}
