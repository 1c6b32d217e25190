/**
 * Dragging over the cells of the canvas: from where the pointer went down to where it is, always
 * from the layout as it was then.
 */
import { type PointerEvent, type RefObject, useRef } from "react";

import { alongLine } from "../app/direction.ts";
import { COLUMNS, type Layout } from "./layout.ts";

type Cells = { readonly x: number; readonly y: number };

interface Start {
  readonly x: number;
  readonly y: number;
  readonly layout: Layout;
}

/** The handlers of a handle; `act` makes of the layout at the start the one after so many cells. */
export function useDrag(
  grid: RefObject<HTMLElement | null>,
  layout: Layout,
  onChange: (change: (layout: Layout) => Layout) => void,
  act: (layout: Layout, by: Cells) => Layout,
) {
  const start = useRef<Start | null>(null);
  return {
    onPointerDown(event: PointerEvent) {
      if (event.button !== 0) return;
      event.currentTarget.setPointerCapture(event.pointerId);
      const { clientX: x, clientY: y } = event;
      start.current = { x, y, layout };
    },
    onPointerMove(event: PointerEvent) {
      const began = start.current;
      if (began === null || grid.current === null) return;
      const { columns, rows } = cellsOf(grid.current);
      const by = {
        x: alongLine(Math.round((event.clientX - began.x) / columns)),
        y: Math.round((event.clientY - began.y) / rows),
      };
      onChange(() => act(began.layout, by));
    },
    onPointerUp() {
      start.current = null;
    },
    onPointerCancel() {
      const began = start.current;
      start.current = null;
      if (began !== null) onChange(() => began.layout);
    },
  };
}

/** How far it is from one cell to the next, in pixels. */
function cellsOf(grid: HTMLElement): { readonly columns: number; readonly rows: number } {
  const { columnGap, rowGap, gridAutoRows } = getComputedStyle(grid);
  const gap = Number.parseFloat(columnGap);
  const columns = (grid.clientWidth + gap) / COLUMNS;
  return { columns, rows: Number.parseFloat(gridAutoRows) + Number.parseFloat(rowGap) };
}
