/** Which rows of a very long table are drawn, by where it is scrolled to. */
import { type RefObject, useState } from "react";

/** Up to so many rows all are drawn: the browser's own search finds them. */
const ALL = 500;
const DRAWN = 120;
const STEP = 40;
/** Height of a row in the style sheet; rows of a windowed table do not wrap. */
export const ROW_HEIGHT = 40;

interface Window {
  readonly from: number;
  readonly to: number;
  /** Height of what is left out above and below. */
  readonly before: number;
  readonly after: number;
  readonly onScroll: () => void;
  /** Scroll so that a row is drawn. */
  readonly reveal: (row: number) => void;
}

export function useWindow(box: RefObject<HTMLElement | null>, count: number): Window {
  const [start, setStart] = useState(0);
  const windowed = count > ALL;
  const from = windowed ? Math.min(start, Math.max(0, count - DRAWN)) : 0;
  const to = windowed ? from + DRAWN : count;
  const follow = (row: number): void => {
    const margin = (DRAWN - STEP) / 2;
    setStart(Math.max(0, Math.floor((row - margin) / STEP) * STEP));
  };
  return {
    from,
    to,
    before: from * ROW_HEIGHT,
    after: Math.max(0, count - to) * ROW_HEIGHT,
    onScroll: () => {
      if (windowed && box.current) follow(box.current.scrollTop / ROW_HEIGHT);
    },
    reveal: (row) => {
      if (!windowed || !box.current) return;
      const { scrollTop, clientHeight } = box.current;
      const top = row * ROW_HEIGHT;
      if (top < scrollTop || top > scrollTop + clientHeight - 2 * ROW_HEIGHT) {
        box.current.scrollTop = Math.max(0, top - clientHeight / 2);
      }
      follow(row);
    },
  };
}
