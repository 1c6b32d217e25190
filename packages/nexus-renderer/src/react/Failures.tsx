/** The strip that says what went wrong with something a person did, where they did it. */
import type { ReactElement } from "react";
import type { PanelFailure } from "../client/panel-store";
import { AlertIcon, CloseIcon } from "./icons";

interface Props {
  readonly list: readonly PanelFailure[];
  readonly onDismiss: (failure: PanelFailure) => void;
}

export function Failures({ list, onDismiss }: Props): ReactElement | null {
  if (list.length === 0) return null;
  return (
    <div className="nx-failures">
      {list.map((failure) => (
        <div key={`${failure.code} ${failure.message}`} className="nx-failure" role="alert">
          <AlertIcon />
          <p className="nx-failure-text">
            <code className="nx-failure-code">{failure.code}</code> {failure.message}
          </p>
          <button
            type="button"
            className="nx-dismiss"
            aria-label="Dismiss"
            onClick={() => onDismiss(failure)}
          >
            <CloseIcon />
          </button>
        </div>
      ))}
    </div>
  );
}
