/** The keys of the design: they act on the chosen element, except where somebody types. */
import { type RefObject, useEffect, useRef } from "react";

import { isPress, takesText } from "../app/shortcuts.ts";
import { besideNeighbour, duplicated, moved, type Plan, removed } from "./rearranging.ts";
import type { Item } from "./outline.ts";
import type { Design } from "./useDesign.ts";

type Act = (item: Item, source: string) => Plan | null;

/** What the keys do to the chosen element. */
export const ACTS: readonly { readonly keys: string; readonly title: string; readonly plan: Act }[] = [
  { keys: "Alt+ArrowUp", title: "Move before the one above", plan: (item) => moved(item, "earlier") },
  { keys: "Alt+ArrowDown", title: "Move after the one below", plan: (item) => moved(item, "later") },
  { keys: "Alt+ArrowLeft", title: "Move out of its container", plan: (item) => moved(item, "out") },
  { keys: "Alt+ArrowRight", title: "Move into a container beside it", plan: (item) => moved(item, "in") },
  { keys: "Alt+R", title: "Put in a row with its neighbour", plan: besideNeighbour },
  { keys: "Mod+D", title: "Duplicate", plan: duplicated },
  { keys: "Delete", title: "Remove", plan: removed },
];

/** What the keys do to the panel. */
export const DESIGN_KEYS: readonly (readonly [string, string])[] = [
  ...ACTS.map(({ keys, title }) => [keys, title] as const),
  ["Alt+A", "Add an element"],
  ["Mod+Z", "Undo"],
  ["Mod+Y", "Do again"],
];

export function useDesignKeys(design: Design, pane: RefObject<HTMLElement | null>, onAdd: () => void): void {
  const isInList = useRef(false);
  const { chosen, root } = design;
  useEffect(() => {
    // The list is drawn anew around what was moved in it; the focus stays with that.
    if (!isInList.current || !isLost()) return;
    pane.current?.querySelector<HTMLElement>("[data-st-elements] [aria-pressed=true]")?.focus();
  }, [chosen, root, pane]);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const { target } = event;
      if (event.defaultPrevented || design.isFixed || takesText(target) || !isHere(target, pane.current)) return;
      const run = runOf(event, design, onAdd);
      if (run === null) return;
      event.preventDefault();
      isInList.current = target instanceof Element && target.closest("[data-st-elements]") !== null;
      run();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}

function runOf(event: KeyboardEvent, design: Design, onAdd: () => void): (() => void) | null {
  const isShifted = event.shiftKey && isPress(event, "Mod+Z");
  if (isShifted || isPress(event, "Mod+Y")) return design.redo;
  if (isPress(event, "Mod+Z")) return design.undo;
  if (isPress(event, "Alt+A")) return onAdd;
  const act = design.chosen === null ? undefined : ACTS.find(({ keys }) => isPress(event, keys));
  return act === undefined ? null : () => design.act(act.plan);
}

/** Whether a key is meant for the design: nothing else on the page has the focus. */
const isHere = (target: EventTarget | null, pane: HTMLElement | null): boolean =>
  target === document.body || (target instanceof Element && (pane?.contains(target) === true || target.closest("[data-st-canvas]") !== null));

const isLost = (): boolean =>
  document.activeElement === document.body || document.activeElement?.closest("[data-st-elements]") != null;
