/**
 * What a person does to the order, the rows and the spans of a view, as changes of its source: which
 * operations, and where what was chosen stands afterwards. Knows the tree before and nothing of
 * hashes, requests or the page.
 *
 * The language has no attribute for a span: the columns of an element stand in the catalogue. A row
 * is a Row around elements; an element has the whole width when a Layout stands around it alone.
 */
import {
  aroundOf,
  carriedBy,
  columnsOf,
  everyItem,
  holdsNodes,
  insideOf,
  isGrid,
  type Item,
  mayHold,
  mayMove,
  namesOf,
  type Path,
  pathOf,
  type Place,
  runsAcross,
  standingOf,
  titleOf,
} from "./outline.ts";
import { textOf, withoutIds } from "./text.ts";

/** Where something is put, before the hashes are known. */
export type Spot = { readonly before: string } | { readonly after: string } | { readonly inside: string };

/** One operation on the source, before the hashes are known. */
export type Step =
  | { readonly type: "Set"; readonly address: string; readonly name: string; readonly text: string }
  | { readonly type: "Insert"; readonly spot: Spot; readonly nxml: string }
  | { readonly type: "Move"; readonly address: string; readonly spot: Spot }
  | { readonly type: "Replace"; readonly address: string; readonly nxml: string }
  | { readonly type: "Remove"; readonly address: string };

/** A change: all of its steps or none. */
export interface Plan {
  readonly steps: readonly Step[];
  /** Where the chosen item is afterwards; absent where nothing is chosen then. */
  readonly path: Path | null;
  /** What was done, in words; where it stands is told from the tree afterwards. */
  readonly said: string;
}

/** The place of a drop: between others, or beside one, which makes a row of the two; of the root a Layout. */
export type Drop =
  | { readonly kind: "between"; readonly place: Place }
  | { readonly kind: "beside"; readonly target: Item; readonly side: "before" | "after" };

/** What is put somewhere: an item of the view, or a new one of a name. */
export type Carried =
  | { readonly kind: "item"; readonly item: Item }
  | { readonly kind: "new"; readonly name: string; readonly nxml: string; readonly declared: readonly Step[] };

// ---- places

/** How a place is told to the kernel: by what stands there. */
export function spotOf({ parent, index }: Place): Spot {
  const inside = insideOf(parent);
  const next = inside[index];
  const last = inside.at(-1);
  if (next !== undefined) return { before: next.address };
  return last === undefined ? { inside: parent.address } : { after: last.address };
}

/** Where a path leads after the item of another path is gone. */
export function pathWithout(path: Path, gone: Path): Path {
  const depth = gone.length - 1;
  const isBeside = depth >= 0 && path.length > depth && gone.slice(0, depth).every((step, at) => path[at] === step);
  const step = path[depth];
  if (!isBeside || step === undefined || step <= (gone[depth] ?? 0)) return path;
  return path.with(depth, step - 1);
}

function pathAfterMove(item: Item, { parent, index }: Place): Path {
  const isBehind = parent === item.parent && index > item.index;
  return [...pathWithout(pathOf(parent), pathOf(item)), isBehind ? index - 1 : index];
}

// ---- order

const move = (item: Item, place: Place): Plan => ({
  steps: [{ type: "Move", address: item.address, spot: spotOf(place) }],
  path: pathAfterMove(item, place),
  said: `${titleOf(item)} moved`,
});

/** The ways in which an item can be moved by a key. */
export type Way = "earlier" | "later" | "out" | "in";

/** Move an item one place on; nothing where it cannot go. */
export function moved(item: Item, way: Way): Plan | null {
  const place = placeBy(item, way);
  return place !== null && mayMove(item, place) ? move(item, place) : null;
}

function placeBy(item: Item, way: Way): Place | null {
  const { parent, index } = item;
  if (parent === null || item.name === "Else") return null;
  switch (way) {
    case "earlier":
      return index > 0 ? { parent, index: index - 1 } : null;
    case "later":
      return index + 1 < insideOf(parent).length ? { parent, index: index + 2 } : null;
    case "out":
      return placeOutside(item, parent);
    case "in":
      return (
        placeInside(item, insideOf(parent).slice(0, index).toReversed()) ??
        placeInside(item, insideOf(parent).slice(index + 1))
      );
  }
}

/** After the nearest of what holds an item whose own holder takes it. */
function placeOutside(item: Item, parent: Item): Place | null {
  const holder = parent.name === "Else" ? parent.parent : parent;
  if (holder === null || holder.parent === null) return null;
  const place = { parent: holder.parent, index: holder.index + 1 };
  return mayMove(item, place) ? place : placeOutside(item, holder.parent);
}

/** At the end of the nearest sibling that takes it; of one that comes after, at its beginning. */
function placeInside(item: Item, siblings: readonly Item[]): Place | null {
  for (const parent of siblings) {
    const index = parent.index < item.index ? insideOf(parent).length : 0;
    if (mayMove(item, { parent, index })) return { parent, index };
  }
  return null;
}

// ---- rows

/** Put something where it was dropped; nothing where it may not stand. */
export function dropped(carried: Carried, drop: Drop, source: string): Plan | null {
  if (drop.kind === "between") {
    if (carried.kind === "new") return inserted(carried, drop.place);
    return mayMove(carried.item, drop.place) ? move(carried.item, drop.place) : null;
  }
  return mayStandBeside(carried, drop.target) ? besides(carried, drop.target, drop.side, source) : null;
}

/** Whether something can be made a row with an item: only where others stand below each other. */
export function mayStandBeside(carried: Carried, target: Item): boolean {
  const { parent } = target;
  if (target.node?.kind !== "component" || !isRowable([...carriedNames(carried), target.name])) return false;
  if (carried.kind === "item" && isAround(carried.item, target)) return false;
  if (parent === null) return !holdsNodes(target);
  if (!mayHold(parent, ["Row"])) return false;
  if (!mayHold(parent, carriedNames(carried))) return false;
  if (!runsAcross(parent)) return true;
  const name = carried.kind === "new" ? carried.name : carried.item.name;
  return isGrid(parent) && columnsOf(target.name) + columnsOf(name) > 12;
}

const isAround = (item: Item, other: Item): boolean =>
  item === other || aroundOf(other).includes(item) || aroundOf(item).includes(other);
const NOT_IN_ROWS = ["Tab", "ListItem", "Modal"];
const isRowable = (names: readonly string[]): boolean => names.every((name) => !NOT_IN_ROWS.includes(name));
export const carriedNames = (carried: Carried): readonly string[] =>
  carried.kind === "new" ? [carried.name] : carriedBy(carried.item);

function besides(carried: Carried, target: Item, side: "before" | "after", source: string): Plan {
  const there = writtenAs(target, source);
  const here = carried.kind === "new" ? carried.nxml : writtenAs(carried.item, source);
  const around = target.parent === null ? "Layout" : "Row";
  const nxml = `<${around}>${side === "before" ? here + there : there + here}</${around}>`;
  const row = carried.kind === "new" ? pathOf(target) : pathWithout(pathOf(target), pathOf(carried.item));
  const what = carried.kind === "new" ? carried.name : titleOf(carried.item);
  return {
    steps: [
      ...(carried.kind === "new" ? carried.declared : []),
      { type: "Replace", address: target.address, nxml },
      ...(carried.kind === "new" ? [] : [{ type: "Remove", address: carried.item.address } as const]),
    ],
    path: [...row, side === "before" ? 0 : 1],
    said: `${what} put beside ${titleOf(target)}`,
  };
}

/** Make a row of an item and the one before it; of the first one and the next. */
export function besideNeighbour(item: Item, source: string): Plan | null {
  const siblings = item.parent === null ? [] : insideOf(item.parent);
  const target = siblings[item.index === 0 ? 1 : item.index - 1];
  const side = item.index === 0 ? "before" : "after";
  return target === undefined ? null : dropped({ kind: "item", item }, { kind: "beside", target, side }, source);
}

// ---- spans

export interface Width {
  /** Columns of the 12 that it takes now. */
  readonly columns: number;
  /** Those that it takes by itself. */
  readonly own: number;
  readonly isWhole: boolean;
}

/** The width of an item on its grid; nothing where there is no grid, or nothing to choose. */
export function widthOf(item: Item): Width | null {
  const own = item.node?.kind === "component" ? columnsOf(item.name) : 12;
  if (own === 12 || item.parent === null || !isGrid(item.parent)) return null;
  const isWhole = isWidener(item.parent);
  if (!isWhole && insideOf(item.parent).length === 1) return null;
  return { columns: isWhole ? 12 : own, own, isWhole };
}

/** Whether a Layout is there only to give the one element in it the whole width. */
function isWidener({ node, children, parent }: Item): boolean {
  if (node?.kind !== "component" || node.id || Object.keys(node.props).length > 0) return false;
  return children.length === 1 && parent !== null && isGrid(parent);
}

/** Give an item the whole width of its grid, or its own again. */
export function widened(item: Item, isWhole: boolean, source: string): Plan | null {
  const width = widthOf(item);
  if (width === null || width.isWhole === isWhole || item.parent === null) return null;
  const text = writtenAs(item, source);
  const outer = isWhole ? item : item.parent;
  const nxml = isWhole ? `<Layout>${text}</Layout>` : text;
  return {
    steps: [{ type: "Replace", address: outer.address, nxml }],
    path: isWhole ? [...pathOf(item), 0] : pathOf(outer),
    said: `${titleOf(item)} takes ${isWhole ? 12 : width.own} of 12 columns`,
  };
}

// ---- more and fewer

/** Put a new element into a place, and declare what it needs. */
export function inserted(carried: Extract<Carried, { kind: "new" }>, place: Place): Plan | null {
  if (!mayHold(place.parent, [carried.name])) return null;
  return {
    steps: [...carried.declared, { type: "Insert", spot: spotOf(place), nxml: carried.nxml }],
    path: [...pathOf(place.parent), place.index],
    said: `${carried.name} added`,
  };
}

/** Put an item there once more, after itself; names that only one may have stay with the first. */
export function duplicated(item: Item, source: string): Plan | null {
  if (item.parent === null || item.node === null) return null;
  const ids = [...everyItem(item)].flatMap(({ node }) => (node?.kind === "component" && node.id ? [node] : []));
  const nxml = withoutIds(
    source,
    item.node.loc,
    ids.map(({ loc }) => loc),
  );
  return {
    steps: [{ type: "Insert", spot: { after: item.address }, nxml }],
    path: [...pathOf(item.parent), item.index + 1],
    said: `${titleOf(item)} duplicated`,
  };
}

/** Take an item away; its neighbour is chosen next, or what held it alone. */
export const removed = (item: Item): Plan => ({
  steps: [{ type: "Remove", address: item.address }],
  path: nextTo(item),
  said: `${titleOf(item)} removed`,
});

function nextTo({ parent, index, name }: Item): Path | null {
  if (parent === null) return null;
  const isLast = name === "Else" || insideOf(parent).length === 1;
  return isLast ? pathOf(parent) : [...pathOf(parent), Math.max(0, index - 1)];
}

/** Whether what is in an item can take its place. */
export function mayDissolve(item: Item): boolean {
  const { parent, node } = item;
  if (parent === null || node === null || node.kind === "text" || node.kind === "iterate") return false;
  const inside = insideOf(item);
  return inside.length > 0 && inside.length === item.children.length && mayHold(parent, inside.flatMap(namesOf));
}

/** Take a container away and leave what is in it. */
export function dissolved(item: Item, source: string): Plan | null {
  if (!mayDissolve(item)) return null;
  const nxml = insideOf(item)
    .map((child) => writtenAs(child, source))
    .join("\n");
  return {
    steps: [
      { type: "Insert", spot: { before: item.address }, nxml },
      { type: "Remove", address: item.address },
    ],
    path: pathOf(item),
    said: `${item.name} taken from around what is in it`,
  };
}

const writtenAs = (item: Item, source: string): string =>
  item.node === null ? "" : textOf(source, item.node.loc).trim();

/** What is told of a change when it is done: what, and where it stands now. */
export const tellOf = (said: string, item: Item | null): string =>
  item === null ? `${said}.` : `${said}: ${standingOf(item)}.`;
