/**
 * Values that a person has typed and the kernel has not confirmed.
 *
 * They lie over the state that the kernel told, in the order they were typed, until the revision
 * that holds them has arrived. One write per path is under way at a time; what is typed meanwhile
 * waits as one newest value. Writes to places inside one another keep their order.
 */
import type { Json, JsonObject } from "../generated/protocol";
import { applyPatch, PatchConflict } from "../state/patch";
import { overlaps } from "../state/pointer";

export interface Write {
  readonly path: string;
  value: Json;
  /** `waiting` for its turn, `sent`, or `confirmed` as of a revision still to come. */
  stage: "waiting" | "sent" | "confirmed";
  rev: number;
}

export class Overlay {
  #writes: Write[] = [];

  get isEmpty(): boolean {
    return this.#writes.length === 0;
  }

  /** Put a value over a place of the state. */
  put(path: string, value: Json): void {
    const last = this.#writes.findLast((write) => overlaps(write.path, path));
    if (last?.path === path && last.stage === "waiting") last.value = value;
    else this.#writes.push({ path, value, stage: "waiting", rev: 0 });
  }

  /** Take the writes that may be sent now: with `all` every one, else one per path at a time. */
  take(all = false): Write[] {
    const taken: Write[] = [];
    this.#writes.forEach((write, index) => {
      const blocked = this.#writes
        .slice(0, index)
        .some((earlier) => earlier.stage !== "confirmed" && overlaps(earlier.path, write.path));
      if (write.stage === "waiting" && (all || !blocked)) taken.push(write);
    });
    for (const write of taken) write.stage = "sent";
    return taken;
  }

  /** The kernel has the value as of a revision. */
  confirm(write: Write, rev: number): void {
    write.stage = "confirmed";
    write.rev = rev;
  }

  /** The kernel refused the value: it lies over nothing any more. */
  drop(write: Write): void {
    this.#writes = this.#writes.filter((other) => other !== write);
  }

  /** Forget what the state of a revision holds; tells whether anything was. */
  settle(rev: number): boolean {
    const before = this.#writes.length;
    this.#writes = this.#writes.filter((write) => write.stage !== "confirmed" || write.rev > rev);
    return this.#writes.length !== before;
  }

  /** The state as the person sees it. */
  over(state: JsonObject): JsonObject {
    return this.#writes.reduce(writeOver, state);
  }
}

/**
 * The state with a value at a place of it. A place that is gone takes none; where there is a kernel,
 * its answer will say so.
 */
export function writeOver(
  state: JsonObject,
  { path, value }: Pick<Write, "path" | "value">,
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
