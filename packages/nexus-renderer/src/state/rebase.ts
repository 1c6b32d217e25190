/**
 * Where a place in the state is after a change.
 *
 * The same as `nexus_protocol.pointers` in the kernel; `tests/conformance/pointers.json` are the
 * cases that both are held to. A member of an object keeps its name; an item of a list has a
 * position, which others shift.
 */
import type { JsonObject, PatchOp } from "../generated/protocol";
import { joinPointer, splitPointer, type Part } from "./pointer";

interface Step {
  readonly op: PatchOp;
  /** The parts of the place that it is about. */
  readonly at: readonly string[];
}

/**
 * The pointer of a place after operations that led to `state`, or `null` when the place is gone:
 * its row was removed, or the row, or a list around it, replaced as a whole.
 */
export function rebasePointer(
  pointer: string,
  ops: readonly PatchOp[],
  state: JsonObject,
): string | null {
  const steps = ops.map((op) => ({ op, at: splitPointer(op.op === "move" ? op.from : op.path) }));
  const place: Part[] = [];
  let now: readonly Part[] = [];
  for (const part of splitPointer(pointer)) {
    const holder = now.reduce<unknown>(member, state);
    // What a place leads through tells positions from numbers that are names.
    const here = Array.isArray(holder) ? positionOf(part) : part;
    if (here === null || typeof holder !== "object" || holder === null) return null;
    place.push(here);
    const after = afterAll(place, steps);
    if (!after) return null;
    now = after;
  }
  return joinPointer(now);
}

function member(holder: unknown, part: Part): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, part)) return null;
  return (holder as Record<Part, unknown>)[part];
}

function afterAll(place: readonly Part[], steps: readonly Step[]): readonly Part[] | null {
  let now: readonly Part[] | null = place;
  for (const step of steps) now = now && afterOne(now, step);
  return now;
}

function afterOne(place: readonly Part[], { op, at }: Step): readonly Part[] | null {
  const last = at.at(-1);
  if (last === undefined) return place.some(isPosition) ? null : place;
  const depth = at.length - 1;
  const mine = place[depth];
  const isBeside = at.slice(0, -1).some((part, index) => String(place[index]) !== part);
  if (mine === undefined || isBeside) return place;
  const below = place.slice(depth + 1);
  if (typeof mine === "string") return mine === last && below.some(isPosition) ? null : place;
  const index = indexAfter(mine, op, positionOf(last), below.length > 0);
  return index === null ? null : [...place.slice(0, depth), index, ...below];
}

/** The position of an item after an operation at a position of its list; `null` for the end. */
function indexAfter(
  index: number,
  op: PatchOp,
  position: number | null,
  isInside: boolean,
): number | null {
  if (position === null) return op.op === "add" ? index : null;
  switch (op.op) {
    case "add":
      return position <= index ? index + 1 : index;
    case "remove":
      return position === index ? null : without(index, position);
    case "replace":
      return position === index && isInside ? null : index;
    case "move":
      return afterMove(index, position, positionOf(op.path.slice(op.path.lastIndexOf("/") + 1)));
  }
}

function afterMove(index: number, from: number, to: number | null): number | null {
  if (index === from) return to;
  const left = without(index, from);
  return to !== null && to <= left ? left + 1 : left;
}

const without = (index: number, taken: number): number => (taken < index ? index - 1 : index);

const isPosition = (part: Part): boolean => typeof part === "number";

const positionOf = (part: string): number | null =>
  /^(0|[1-9]\d{0,8})$/.test(part) ? Number(part) : null;
