/**
 * Something on its way over the live panel, from where the pointer went down to where it is let go.
 * Escape and a second finger leave everything as it was.
 */
import { type PointerEvent as Press, type RefObject, useEffect, useRef, useState } from "react";

import { direction } from "../app/direction.ts";
import { around, type Box, nearest, type Target, targetsOf } from "./drops.ts";
import { elementsOf } from "./marking.ts";
import { findItem, type Item } from "./outline.ts";
import type { Carried, Drop } from "./rearranging.ts";
import type { Design, Moved } from "./useDesign.ts";

/** What is carried now, and where it would go. */
export interface Dragged {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly target: Target | null;
}

export interface Dragging {
  readonly dragged: Dragged | null;
  /** Begin when the pointer goes down on something; it is carried once it has moved a little. */
  begin(event: Press, what: Moved, title: string): void;
}

/** Pixels: from a press to a drag, how far a place may be, and how near to the edge the panel scrolls. */
const [SLACK, REACH, EDGE, SCROLL] = [6, 120, 48, 14];

export function useDragging(design: Design, view: RefObject<HTMLElement | null>): Dragging {
  const [dragged, setDragged] = useState<Dragged | null>(null);
  const end = useRef(() => {});
  useEffect(() => () => end.current(), []);

  const begin = (press: Press, what: Moved, title: string) => {
    if (press.button !== 0 || !press.isPrimary || design.isFixed) return;
    const { clientX, clientY, pointerId } = press;
    const listening = new AbortController();
    let drop: Drop | null = null;
    let isCarried = false;
    end.current();
    end.current = () => {
      listening.abort();
      setDragged(null);
    };
    const move = (event: PointerEvent) => {
      if (event.pointerId !== pointerId) return end.current();
      const [x, y] = [event.clientX, event.clientY];
      if (!isCarried && Math.hypot(x - clientX, y - clientY) < SLACK) return;
      isCarried = true;
      if (view.current !== null) scrollNear(view.current, y);
      const target = targetAt(design, view.current, what, x, y);
      drop = target?.drop ?? null;
      setDragged({ title, x, y, target });
    };
    const up = () => {
      end.current();
      if (!isCarried) return;
      suppressClick();
      if (drop !== null) design.put(what, drop);
    };
    const cancel = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || !isCarried) return;
      event.preventDefault();
      addEventListener("pointerup", suppressClick, { once: true });
      end.current();
    };
    const { signal } = listening;
    addEventListener("pointermove", move, { signal });
    addEventListener("pointerup", up, { signal });
    addEventListener("pointercancel", () => end.current(), { signal });
    addEventListener("keydown", cancel, { signal, capture: true });
  };
  return { dragged, begin };
}

/** The end of a drag is no press. */
function suppressClick(): void {
  const stop = (event: Event) => {
    event.stopPropagation();
    event.preventDefault();
  };
  addEventListener("click", stop, { capture: true, once: true });
  setTimeout(() => removeEventListener("click", stop, { capture: true }));
}

function targetAt({ root, panel }: Design, view: HTMLElement | null, what: Moved, x: number, y: number): Target | null {
  if (root === null || panel === null || view === null || !isOver(view, x, y)) return null;
  const carried = carriedOf(what, root);
  if (carried === null) return null;
  const numbers = new Map(panel.addresses.map((address, number) => [address, number]));
  const measured = new Map<Item, readonly Box[]>();
  const boxes = (item: Item): readonly Box[] => {
    const known = measured.get(item) ?? boxesOf(item, view, numbers);
    measured.set(item, known);
    return known;
  };
  return nearest(targetsOf(root, boxes, carried, direction()), x, y, REACH);
}

/** Enough of what is carried to know where it may go. */
function carriedOf(what: Moved, root: Item): Carried | null {
  if (what.kind === "new") return { ...what, nxml: "", declared: [] };
  const item = findItem(root, what.address);
  return item && { kind: "item", item };
}

function isOver(view: HTMLElement, x: number, y: number): boolean {
  const { left, right, top, bottom } = (view.closest("[data-st-canvas]") ?? view).getBoundingClientRect();
  return x >= left && x <= right && y >= top && y <= bottom;
}

/** Where an item is on the page; an If or an Iterate is where what is in it is. */
function boxesOf(item: Item, view: Element, numbers: ReadonlyMap<string, number>): readonly Box[] {
  const number = numbers.get(item.address);
  if (number === undefined) return around(item.children.flatMap((child) => boxesOf(child, view, numbers)));
  return elementsOf(view, number).map((element) => element.getBoundingClientRect());
}

function scrollNear(view: HTMLElement, y: number): void {
  const canvas = view.closest("[data-st-canvas]");
  const box = canvas?.getBoundingClientRect();
  if (!canvas || box === undefined) return;
  if (y < box.top + EDGE) canvas.scrollBy(0, -SCROLL);
  else if (y > box.bottom - EDGE) canvas.scrollBy(0, SCROLL);
}
