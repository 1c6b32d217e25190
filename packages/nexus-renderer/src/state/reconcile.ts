/**
 * Make a fresh copy of the state share what it has in common with the one before.
 *
 * A snapshot that arrives after a reload is new in every object; without this every node would
 * believe that all it reads has changed.
 */
import type { Json, JsonObject } from "../generated/protocol";

/** Return a value equal to `next` that reuses every equal part of `previous`. */
export function reconcile<T extends Json>(previous: Json | undefined, next: T): T {
  if (Object.is(previous, next)) return next;
  if (Array.isArray(previous) && Array.isArray(next)) return reconcileList(previous, next) as T;
  if (isObject(previous) && isObject(next)) return reconcileObject(previous, next) as T;
  return next;
}

function reconcileList(previous: readonly Json[], next: readonly Json[]): readonly Json[] {
  const items = next.map((item, index) => reconcile(previous[index], item));
  const same = items.length === previous.length && items.every((item, i) => item === previous[i]);
  return same ? previous : items;
}

function reconcileObject(previous: JsonObject, next: JsonObject): JsonObject {
  const keys = Object.keys(next);
  const merged: { [key: string]: Json } = {};
  let same = keys.length === Object.keys(previous).length;
  for (const key of keys) {
    const before = Object.hasOwn(previous, key) ? previous[key] : undefined;
    merged[key] = reconcile(before, next[key] as Json);
    same &&= merged[key] === before;
  }
  return same ? previous : merged;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
