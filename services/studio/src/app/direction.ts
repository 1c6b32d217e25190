/**
 * Which way lines run. The choice lives in local storage under `nexus.direction` and on the root
 * element as `dir`; `public/theme.js` applies it before the first paint.
 */
import { keep } from "../design/keep.ts";

export type Direction = "ltr" | "rtl";

export const direction = (): Direction => (document.documentElement.dir === "rtl" ? "rtl" : "ltr");

/** Choose a direction and keep it. */
export function setDirection(next: Direction): void {
  keep("nexus.direction", next === "ltr" ? null : next);
  document.documentElement.dir = next;
}

/** A shortcut whose arrow points along the line, as it is where lines run the way they run here. */
export const keysAlong = (keys: string): string =>
  direction() === "ltr" ? keys : keys.replace(/Arrow(Left|Right)/, (_, side) => (side === "Left" ? "ArrowRight" : "ArrowLeft"));

/** What a way to the right is along the line: forwards, or backwards. */
export const alongLine = (right: number): number => (direction() === "rtl" ? -right : right);
