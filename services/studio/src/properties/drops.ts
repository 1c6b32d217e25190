/**
 * Where something that is dragged over a panel may be put: a line along an edge of an element for
 * every place that the catalogue allows, and the whole of an element that is empty. The nearest to
 * the pointer is meant. Knows boxes, not the page.
 */
import type { Direction } from "../app/direction.ts";
import { componentOf, everyItem, holdsNodes, type Item, mayHold, mayMove, type Place, runsAcross } from "./outline.ts";
import { type Carried, carriedNames, type Drop, mayStandBeside } from "./rearranging.ts";

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A place, and what is drawn for it: a box without width or height is a line. */
export interface Target {
  readonly drop: Drop;
  readonly box: Box;
}

/** What part of its container's width an element has at least that has a row of its own. */
const WHOLE = 0.8;
/** How far the line keeps off an element; that around a container keeps off those in it. */
const [OFF, OFF_MORE, LEVELS] = [3, 4, 2];

/** All places for what is carried. An element drawn several times has its places at each. */
export function targetsOf(
  root: Item,
  boxesOf: (item: Item) => readonly Box[],
  carried: Carried,
  direction: Direction = "ltr",
): readonly Target[] {
  return [...everyItem(root)].flatMap((item) => {
    const holder = item.parent && componentOf(item.parent);
    const room = holder === null ? Infinity : Math.max(0, ...boxesOf(holder).map(widthOf));
    return boxesOf(item).flatMap((box) => [
      ...besideItem(item, box, widthOf(box) > WHOLE * room, carried, direction),
      ...inEmpty(item, box, carried),
    ]);
  });
}

/** The places around an item; others stand above and below one that `isWide`. */
function besideItem(
  item: Item,
  box: Box,
  isWide: boolean,
  carried: Carried,
  direction: Direction,
): readonly Target[] {
  const { parent, index } = item;
  const { left, right, top, bottom } = grown(box, OFF + OFF_MORE * Math.min(LEVELS, depthOf(item)));
  const [atLeft, atRight] = [{ left, right: left, top, bottom }, { left: right, right, top, bottom }];
  const sides = direction === "ltr" ? { start: atLeft, end: atRight } : { start: atRight, end: atLeft };
  const ends = { top: { left, right, top, bottom: top }, bottom: { left, right, top: bottom, bottom } };
  const beside = (side: "before" | "after", line: Box): readonly Target[] =>
    mayStandBeside(carried, item) ? [{ drop: { kind: "beside", target: item, side }, box: line }] : [];
  if (parent === null) return [...beside("before", ends.top), ...beside("after", ends.bottom)];
  const isAcross = runsAcross(parent) && !isWide;
  const between = (at: number, line: Box): readonly Target[] =>
    mayPut(carried, { parent, index: at })
      ? [{ drop: { kind: "between", place: { parent, index: at } }, box: line }]
      : [];
  return [
    ...between(index, isAcross ? sides.start : ends.top),
    ...between(index + 1, isAcross ? sides.end : ends.bottom),
    ...beside("before", sides.start),
    ...beside("after", sides.end),
  ];
}

function inEmpty(item: Item, box: Box, carried: Carried): readonly Target[] {
  if (!holdsNodes(item) || item.children.length > 0) return [];
  const place = { parent: item, index: 0 };
  return mayPut(carried, place) ? [{ drop: { kind: "between", place }, box }] : [];
}

const mayPut = (carried: Carried, place: Place): boolean =>
  carried.kind === "item" ? mayMove(carried.item, place) : mayHold(place.parent, carriedNames(carried));

const widthOf = ({ left, right }: Box): number => right - left;

/** How many levels of others an item holds, as far as they matter. */
const depthOf = ({ children }: Item): number =>
  children.length === 0 ? 0 : 1 + Math.max(...children.map(depthOf));

const grown = ({ left, top, right, bottom }: Box, by: number): Box => ({
  left: left - by,
  top: top - by,
  right: right + by,
  bottom: bottom + by,
});

/** The place nearest to a point; none where all are farther than `reach`. Of two alike the first. */
export function nearest(targets: readonly Target[], x: number, y: number, reach: number): Target | null {
  let [found, least]: [Target | null, number] = [null, reach];
  for (const target of targets) {
    const distance = distanceTo(target.box, x, y);
    if (distance < least) [found, least] = [target, distance];
  }
  return found;
}

const distanceTo = ({ left, right, top, bottom }: Box, x: number, y: number): number =>
  Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));

/** The box around boxes; none around none. */
export const around = (boxes: readonly Box[]): readonly Box[] =>
  boxes.length === 0
    ? []
    : [
        {
          left: Math.min(...boxes.map(({ left }) => left)),
          top: Math.min(...boxes.map(({ top }) => top)),
          right: Math.max(...boxes.map(({ right }) => right)),
          bottom: Math.max(...boxes.map(({ bottom }) => bottom)),
        },
      ];

/** A place of a drop in words. */
export function wordsOf(drop: Drop): string {
  if (drop.kind === "beside") return `in a ${drop.target.parent === null ? "Layout" : "row"} with ${drop.target.name}`;
  const { parent, index } = drop.place;
  return `in ${parent.name}, place ${index + 1}`;
}
