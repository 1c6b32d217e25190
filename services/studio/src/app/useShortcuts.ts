/** Runs the actions' shortcuts wherever the focus is; a dialog keeps all of them to itself. */
import { useEffect } from "react";

import type { Action } from "./actions.ts";
import { isBare, isPress, takesText } from "./shortcuts.ts";

export function useShortcuts(actions: readonly Action[]): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const action = actions.find(({ keys }) => keys !== undefined && isPress(event, keys));
      if (action?.keys === undefined || event.defaultPrevented) return;
      if (isBare(action.keys) && takesText(event.target)) return;
      event.preventDefault();
      if (document.querySelector("dialog:modal") === null) action.run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [actions]);
}
