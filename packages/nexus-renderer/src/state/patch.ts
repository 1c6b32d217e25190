/**
 * Apply change sets to a state that nobody mutates.
 *
 * Containers on the way to a change are copied once per change set, everything else is shared
 * with the state before, so that "did this change?" is a comparison by identity. Where the
 * operations come from, and in which order, is the client's business.
 */
import type { Json, JsonObject, PatchOp } from "../generated/protocol";
import { splitPointer } from "./pointer";

/** Raised when an operation names a place that the state has not. */
export class PatchConflict extends Error {
  constructor(
    readonly path: string,
    message: string,
  ) {
    super(`${message}: ${path || "the whole state"}`);
    this.name = "PatchConflict";
  }
}

type Container = { [key: string]: Json } | Json[];
type Slot =
  | { readonly kind: "member"; readonly members: { [key: string]: Json }; readonly key: string }
  | { readonly kind: "item"; readonly items: Json[]; readonly index: number };

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

/** The state after the operations; the given one stays as it is. Throws a PatchConflict. */
export function applyPatch(state: JsonObject, ops: readonly PatchOp[]): JsonObject {
  const draft = new Draft(state);
  for (const op of ops) draft.apply(op);
  return draft.root;
}

class Draft {
  root: { [key: string]: Json };
  readonly #fresh = new Set<object>();

  constructor(state: JsonObject) {
    this.root = { ...state };
  }

  apply(op: PatchOp): void {
    switch (op.op) {
      case "add":
        return this.#add(op.path, op.value ?? null);
      case "replace":
        return this.#replace(op.path, op.value ?? null);
      case "remove":
        return this.#remove(op.path);
      case "move":
        return this.#move(op.from, op.path);
    }
  }

  #add(path: string, value: Json): void {
    const slot = this.#slot(path, false);
    if (slot.kind === "member") slot.members[slot.key] = value;
    else slot.items.splice(slot.index, 0, value);
  }

  #replace(path: string, value: Json): void {
    if (path === "") {
      if (!isObject(value)) throw new PatchConflict(path, "the state is an object");
      this.root = { ...value };
      return;
    }
    const slot = this.#slot(path, true);
    if (slot.kind === "member") slot.members[slot.key] = value;
    else slot.items[slot.index] = value;
  }

  #remove(path: string): void {
    const slot = this.#slot(path, true);
    if (slot.kind === "member") delete slot.members[slot.key];
    else slot.items.splice(slot.index, 1);
  }

  #move(from: string, path: string): void {
    const source = this.#slot(from, true);
    if (source.kind !== "item" || parentOf(from) !== parentOf(path)) {
      throw new PatchConflict(path, "a move stays within one list");
    }
    const [item] = source.items.splice(source.index, 1) as [Json];
    const target = position(path.slice(path.lastIndexOf("/") + 1), source.items.length, path);
    source.items.splice(target, 0, item);
  }

  #slot(path: string, existing: boolean): Slot {
    const parts = splitPointer(path);
    const last = parts.pop();
    if (last === undefined) throw new PatchConflict(path, "the state can only be replaced");
    let container: Container = this.root;
    for (const part of parts) container = this.#descend(container, part, path);
    if (Array.isArray(container)) {
      const highest = existing ? container.length - 1 : container.length;
      return { kind: "item", items: container, index: position(last, highest, path) };
    }
    if (existing) requireMember(container, last, path);
    if (FORBIDDEN.has(last)) throw new PatchConflict(path, "a forbidden name");
    return { kind: "member", members: container, key: last };
  }

  #descend(container: Container, part: string, path: string): Container {
    if (Array.isArray(container)) {
      const index = position(part, container.length - 1, path);
      return (container[index] = this.#own(container[index] ?? null, path));
    }
    requireMember(container, part, path);
    return (container[part] = this.#own(container[part] ?? null, path));
  }

  #own(value: Json, path: string): Container {
    if (value === null || typeof value !== "object") {
      throw new PatchConflict(path, "the path leads through a plain value");
    }
    if (this.#fresh.has(value)) return value as Container;
    const copy: Container = Array.isArray(value) ? [...value] : { ...(value as JsonObject) };
    this.#fresh.add(copy);
    return copy;
  }
}

function requireMember(container: { [key: string]: Json }, key: string, path: string): void {
  if (!Object.hasOwn(container, key))
    throw new PatchConflict(path, "there is nothing at this path");
}

function position(part: string, highest: number, path: string): number {
  if (part === "-") return highest;
  if (!/^(0|[1-9]\d{0,9})$/.test(part)) {
    throw new PatchConflict(path, "a list is addressed by position");
  }
  const index = Number(part);
  if (index > highest) throw new PatchConflict(path, "the list is shorter");
  return index;
}

const parentOf = (path: string): string => path.slice(0, path.lastIndexOf("/"));

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}
