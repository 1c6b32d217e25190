/**
 * Windows on a grid of twelve columns that grows downwards: each has a place and a size, none lies
 * over another, and none floats above a gap. Pure: what a person does is a layout to a layout.
 */

export const COLUMNS = 12;
/** How many rows a docked window takes. */
export const DOCKED_ROWS = 14;

const LEAST = { w: 3, h: 3 } as const;
const MOST_ROWS = 60;
const USUAL = { w: 6, h: 9 } as const;

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

export interface Window extends Box {
  readonly panelId: string;
  readonly isMinimised: boolean;
}

export type Layout = readonly Window[];

/** Put a panel where there is room for it; one that is there already comes back as it was. */
export function add(layout: Layout, panelId: string): Layout {
  if (layout.some((each) => each.panelId === panelId)) return restore(layout, panelId);
  const shown = layout.filter(isShown);
  return settled([...layout, { panelId, isMinimised: false, ...roomIn(shown) }], panelId);
}

export const remove = (layout: Layout, panelId: string): Layout =>
  settled(layout.filter((each) => each.panelId !== panelId));

/** Move a window by cells; what is in its way goes below. */
export function move(layout: Layout, panelId: string, by: { readonly x: number; readonly y: number }): Layout {
  return changed(layout, panelId, (box) => ({
    ...box,
    x: within(0, box.x + by.x, COLUMNS - box.w),
    y: Math.max(0, box.y + by.y),
  }));
}

/** Make a window wider and taller by cells. */
export function resize(layout: Layout, panelId: string, by: { readonly w: number; readonly h: number }): Layout {
  return changed(layout, panelId, (box) => ({
    ...box,
    w: within(LEAST.w, box.w + by.w, COLUMNS - box.x),
    h: within(LEAST.h, box.h + by.h, MOST_ROWS),
  }));
}

/** Let a window have one half of the canvas. */
export function dock(layout: Layout, panelId: string, side: "left" | "right"): Layout {
  const x = side === "left" ? 0 : COLUMNS / 2;
  return changed(layout, panelId, () => ({ x, y: 0, w: COLUMNS / 2, h: DOCKED_ROWS }));
}

export const minimise = (layout: Layout, panelId: string): Layout =>
  settled(layout.map((each) => (each.panelId === panelId ? { ...each, isMinimised: true } : each)));

export const restore = (layout: Layout, panelId: string): Layout =>
  settled(
    layout.map((each) => (each.panelId === panelId ? { ...each, isMinimised: false } : each)),
    panelId,
  );

export const isShown = ({ isMinimised }: Window): boolean => !isMinimised;

function changed(layout: Layout, panelId: string, change: (box: Box) => Box): Layout {
  const next = layout.map((each) => (each.panelId === panelId ? { ...each, ...change(each) } : each));
  return settled(next, panelId);
}

/**
 * The same windows with nothing over another and no gaps above. `first` stays where it wants to
 * be, what is in its way goes below; then each goes up as far as there is room.
 */
export function settled(layout: Layout, first: string | null = null): Layout {
  const shown = layout.filter(isShown);
  const leader = shown.filter(({ panelId }) => panelId === first);
  const rest = shown.filter(({ panelId }) => panelId !== first).toSorted(byPlace);
  const apart = [...leader, ...rest].reduce<Layout>((placed, each) => [...placed, lowered(each, placed)], []);
  const close = apart.toSorted(byPlace).reduce<Layout>((placed, each) => [...placed, raised(each, placed)], []);
  const places = new Map(close.map((each) => [each.panelId, each]));
  return layout.map((each) => places.get(each.panelId) ?? each);
}

/** A window where it is, or below where there is room. */
function lowered(window: Window, others: Layout): Window {
  let { y } = window;
  while (!isFree({ ...window, y }, others)) y++;
  return { ...window, y };
}

/** A window as far up as there is room. */
function raised(window: Window, others: Layout): Window {
  let { y } = window;
  while (y > 0 && isFree({ ...window, y: y - 1 }, others)) y--;
  return { ...window, y };
}

const isFree = (box: Box, others: Layout): boolean => !others.some((other) => overlaps(box, other));

const byPlace = (one: Box, other: Box): number => one.y - other.y || one.x - other.x;

function roomIn(shown: Layout): Box {
  for (let y = 0; ; y++) {
    for (let x = 0; x <= COLUMNS - USUAL.w; x++) {
      const box = { x, y, ...USUAL };
      if (isFree(box, shown)) return box;
    }
  }
}

const overlaps = (one: Box, other: Box): boolean =>
  one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

const within = (least: number, value: number, most: number): number => Math.max(least, Math.min(value, most));

// ---- kept

const VERSION = 1;

/** The text that `read` makes the layout of. */
export const write = (layout: Layout): string => JSON.stringify({ version: VERSION, windows: layout });

/** The layout that was kept; what is not one, or one of another version, is an empty canvas. */
export function read(text: string | null): Layout {
  const kept = parsed(text) as { version?: unknown; windows?: unknown } | null;
  if (kept?.version !== VERSION || !Array.isArray(kept.windows)) return [];
  return sound(kept.windows);
}

/** The windows among these that are some, each panel once, as they can stand. */
export function sound(found: readonly unknown[]): Layout {
  const windows = found.filter(isWindow);
  return settled(windows.filter(({ panelId }, at) => windows.findIndex((w) => w.panelId === panelId) === at));
}

function isWindow(value: unknown): value is Window {
  if (typeof value !== "object" || value === null) return false;
  const { panelId, isMinimised, x, y, w, h } = value as Record<string, unknown>;
  const isSound = [x, y, w, h].every((each) => Number.isSafeInteger(each) && (each as number) >= 0);
  if (typeof panelId !== "string" || typeof isMinimised !== "boolean" || !isSound) return false;
  const box = value as Box;
  const fits = box.w >= LEAST.w && box.x + box.w <= COLUMNS && box.h >= LEAST.h;
  return fits && box.h <= MOST_ROWS && box.y <= MOST_ROWS * MOST_ROWS;
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}
