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
  const same = items.length === previous.length && items.every((item, i) => Object.is(item, previous[i]));
  return same ? previous : items;
}

function reconcileObject(previous: JsonObject, next: JsonObject): JsonObject {
  const members = Object.entries(next).map(([key, value]): [string, Json] => {
    const before = Object.hasOwn(previous, key) ? previous[key] : undefined;
    return [key, reconcile(before, value)];
  });
  const same =
    members.length === Object.keys(previous).length &&
    members.every(([key, value]) => Object.hasOwn(previous, key) && Object.is(value, previous[key]));
  // Not by assignment, which would take a member called __proto__ for something else.
  return same ? previous : Object.fromEntries(members);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
