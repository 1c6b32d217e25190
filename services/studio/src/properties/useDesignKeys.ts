/** The keys of the design: they act on the chosen element, except where somebody types. */
import { type RefObject, useEffect, useRef } from "react";

import { keysAlong } from "../app/direction.ts";
import { isPress, takesText } from "../app/shortcuts.ts";
import { DESIGN_KEYS, ELEMENT_KEYS } from "./keys.ts";
import type { Item } from "./outline.ts";
import { besideNeighbour, duplicated, moved, type Plan, removed } from "./rearranging.ts";
import type { Design } from "./useDesign.ts";

type Act = (item: Item, source: string) => Plan | null;

/** What the keys do to the chosen element. */
export const ACTS: Readonly<Record<keyof typeof ELEMENT_KEYS, Act>> = {
  earlier: (item) => moved(item, "earlier"),
  later: (item) => moved(item, "later"),
  out: (item) => moved(item, "out"),
  in: (item) => moved(item, "in"),
  row: besideNeighbour,
  duplicate: duplicated,
  remove: removed,
};

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
  const { add, undo, redo } = DESIGN_KEYS;
  const undoes = isPress(event, undo.keys);
  if (isPress(event, redo.keys) || (undoes && event.shiftKey)) return design.redo;
  if (undoes) return design.undo;
  if (isPress(event, add.keys)) return onAdd;
  if (design.chosen === null) return null;
  for (const [name, { keys }] of Object.entries(ELEMENT_KEYS)) {
    if (isPress(event, keysAlong(keys))) return () => design.act(ACTS[name as keyof typeof ACTS]);
  }
  return null;
}

/** Whether a key is meant for the design: nothing else on the page has the focus. */
function isHere(target: EventTarget | null, pane: HTMLElement | null): boolean {
  if (!(target instanceof Element)) return false;
  return target === document.body || pane?.contains(target) === true || target.closest("[data-st-canvas]") !== null;
}

const isLost = (): boolean =>
  document.activeElement === document.body || document.activeElement?.closest("[data-st-elements]") != null;
