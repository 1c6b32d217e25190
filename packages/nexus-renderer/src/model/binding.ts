/**
 * Find the place in the state that a binding writes to.
 *
 * A path from `$state` is its own pointer. A path from `$scope` begins at an item: its pointer is
 * the list's and the item's position where the list is a place of the state; an item of a
 * filtered or computed list is looked for by identity.
 */
import { evaluate } from "../expressions/evaluate";
import type { Expression, Json, JsonObject } from "../generated/protocol";
import { joinPointer, splitPointer, type Part } from "../state/pointer";
import type { PanelModel } from "./panel-model";
import type { Origin, Scope } from "./scope";

const MAX_VISITS = 200_000;

interface Path {
  readonly root: string;
  readonly keys: readonly string[];
}

/** The pointer of an assignable path, or `null` where it is no place in the state. */
export function resolveBinding(tree: Expression, model: PanelModel, scope: Scope): string | null {
  const path = asPath(tree, model, scope);
  const [first, ...rest] = path?.keys ?? [];
  if (!path || first === undefined) return null;
  if (path.root === "$state") return statePlace(path.keys, model);
  const origin = Object.hasOwn(scope.origins, first) ? scope.origins[first] : undefined;
  if (!origin) return null;
  const place = itemPlace(origin, model);
  return place && joinPointer([...place, ...rest]);
}

function asPath(tree: Expression, model: PanelModel, scope: Scope): Path | null {
  switch (tree.type) {
    case "ChainExpression":
      return asPath(tree.expression, model, scope);
    case "Identifier":
      return tree.name === "$state" || tree.name === "$scope"
        ? { root: tree.name, keys: [] }
        : null;
    case "MemberExpression": {
      const object = asPath(tree.object, model, scope);
      if (!object) return null;
      if (!tree.computed && tree.property.type !== "Identifier") return null;
      const key =
        !tree.computed && tree.property.type === "Identifier"
          ? tree.property.name
          : String(evaluate(tree.property, model.environment(scope)));
      return { root: object.root, keys: [...object.keys, key] };
    }
    default:
      return null;
  }
}

function statePlace(keys: readonly string[], model: PanelModel): string | null {
  if (!model.isComputed(keys[0] as string)) return joinPointer(keys);
  // Inside a computed value only objects that the state holds too can be written.
  let holder: unknown = model.member(keys[0] as string);
  for (let depth = 1; depth < keys.length; depth += 1) {
    const place = findByIdentity(model.state, holder);
    if (place) return joinPointer([...place, ...keys.slice(depth)]);
    holder = ownMember(holder, keys[depth] as string);
  }
  return null;
}

function itemPlace(origin: Origin, model: PanelModel): readonly Part[] | null {
  const { item, index, list } = origin;
  if (list !== null && index !== null) {
    const parts = splitPointer(list);
    const items = parts.reduce<unknown>(ownMember, model.state);
    if (Array.isArray(items) && items[index] === item) return [...parts, index];
  }
  return findByIdentity(model.state, item);
}

/** Look for an object in the state; its parts, or `null` where it is not there. */
function findByIdentity(state: JsonObject, target: unknown): readonly Part[] | null {
  if (typeof target !== "object" || target === null) return null;
  const queue: { readonly value: Json; readonly path: readonly Part[] }[] = [
    { value: state, path: [] },
  ];
  for (let visited = 0; visited < queue.length && visited < MAX_VISITS; visited += 1) {
    const { value, path } = queue[visited] as (typeof queue)[number];
    if (value === target) return path;
    if (typeof value !== "object" || value === null) continue;
    for (const [key, member] of Object.entries(value)) {
      if (typeof member === "object" && member !== null)
        queue.push({ value: member, path: [...path, key] });
    }
  }
  return null;
}

function ownMember(holder: unknown, key: string): unknown {
  if (typeof holder !== "object" || holder === null || !Object.hasOwn(holder, key))
    return undefined;
  return (holder as Record<string, unknown>)[key];
}
