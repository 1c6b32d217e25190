/**
 * Values that a person has typed and the kernel has not confirmed.
 *
 * They lie over the state that the kernel told, in the order they were typed, until the revision
 * that holds them has arrived; where others shift a list, they go with their rows. One write per
 * place is under way at a time; what is typed meanwhile waits as one newest value. Writes to
 * places inside one another keep their order.
 */
import type { Json, JsonObject, PatchOp } from "../generated/protocol";
import { applyPatch, PatchConflict } from "../state/patch";
import { overlaps } from "../state/pointer";
import { rebasePointer } from "../state/rebase";

export interface Write {
  /** The place as it was when the value was typed: in the state of revision `since`. */
  path: string;
  /** `null` where that is not known. */
  since: number | null;
  /** Where it lies now; `null` when its row is gone, which the kernel will say too. */
  place: string | null;
  /** The unconfirmed write inside whose value it was typed. */
  within: Write | null;
  value: Json;
  /** `waiting` for its turn, `sent`, or `confirmed` as of a revision still to come. */
  stage: "waiting" | "sent" | "confirmed";
  rev: number;
}

/** Where a write is to go, as the kernel is told. */
export interface Address {
  readonly path: string;
  /** The revision that the positions in the path are those of. */
  readonly rev?: number;
}

export class Overlay {
  #writes: Write[] = [];

  get isEmpty(): boolean {
    return this.#writes.length === 0;
  }

  /** Put a value over a place of the state as it is at a revision. */
  put(path: string, value: Json, since: number | null): void {
    const last = this.#writes.findLast(({ place }) => place !== null && overlaps(place, path));
    if (last?.place === path && last.stage === "waiting") Object.assign(last, { path, since, value });
    else {
      const within = this.#writes.findLast(({ place }) => place !== null && isInside(path, place));
      const write: Write = {
        path,
        since,
        place: path,
        within: within ?? null,
        value,
        stage: "waiting",
        rev: 0,
      };
      this.#writes.push(write);
    }
  }

  /** Take the writes that may be sent now: with `all` every one, else one per place at a time. */
  take(all = false): Write[] {
    const taken: Write[] = [];
    this.#writes.forEach((write, index) => {
      const blocked = this.#writes
        .slice(0, index)
        .some((earlier) => earlier.stage !== "confirmed" && areNear(earlier, write));
      if (write.stage === "waiting" && (all || !blocked)) taken.push(write);
    });
    for (const write of taken) write.stage = "sent";
    return taken;
  }

  /** The state changed: every write goes where its place went. */
  carry(ops: readonly PatchOp[], state: JsonObject): void {
    const before = new Map(this.#writes.map((write) => [write, write.place]));
    for (const write of this.#writes) {
      const { place, within } = write;
      if (place === null) continue;
      // What was typed inside an unconfirmed value is where that value is.
      if (!within) write.place = rebasePointer(place, ops, state);
      else if (within.place === null) write.place = null;
      else write.place = within.place + place.slice(before.get(within)?.length);
    }
  }

  /** The kernel has the value as of a revision. */
  confirm(write: Write, rev: number): void {
    write.stage = "confirmed";
    write.rev = rev;
  }

  /** The kernel refused the value: it lies over nothing any more. */
  drop(write: Write): void {
    this.#forget([write], null);
  }

  /** Forget what the state of a revision holds. */
  settle(rev: number): void {
    const held = this.#writes.filter((write) => write.stage === "confirmed" && write.rev <= rev);
    if (held.length > 0) this.#forget(held, rev);
  }

  /** The state as the person sees it. */
  over(state: JsonObject): JsonObject {
    return this.#writes.reduce(
      (shown, { place, value }) =>
        place === null ? shown : writeOver(shown, { path: place, value }),
      state,
    );
  }

  /** Forget writes; what was typed inside them is in the state of `rev` from now on. */
  #forget(writes: readonly Write[], rev: number | null): void {
    this.#writes = this.#writes.filter((write) => !writes.includes(write));
    for (const write of this.#writes) {
      if (!write.within || !writes.includes(write.within)) continue;
      Object.assign(write, { within: null, path: write.place ?? write.path, since: rev });
    }
  }
}

/** Where a write is to go, as the kernel is told. */
export function addressOf({ path, since, place, within }: Write): Address {
  if (!within) return since === null ? { path } : { path, rev: since };
  const inside = place ?? path;
  return within.stage === "confirmed" ? { path: inside, rev: within.rev } : { path: inside };
}

function isInside(path: string, place: string): boolean {
  return path.startsWith(`${place}/`);
}

function areNear(one: Write, other: Write): boolean {
  return one.place !== null && other.place !== null && overlaps(one.place, other.place);
}

/**
 * The state with a value at a place of it. A place that is gone takes none; where there is a kernel,
 * its answer will say so.
 */
export function writeOver(
  state: JsonObject,
  { path, value }: { readonly path: string; readonly value: Json },
): JsonObject {
  try {
    return applyPatch(state, [{ op: inList(state, path) ? "replace" : "add", path, value }]);
  } catch (error) {
    if (error instanceof PatchConflict) return state;
    throw error;
  }
}

function inList(state: JsonObject, path: string): boolean {
  const parts = path.split("/").slice(1, -1);
  const holder = parts.reduce<Json | undefined>((value, part) => {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    return typeof value === "object" && value !== null ? (value as JsonObject)[key] : undefined;
  }, state);
  return Array.isArray(holder);
}
