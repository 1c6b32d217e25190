/**
 * What `$scope` holds inside an Iterate, and where its items stand in the state.
 *
 * A scope is a value: a row whose item did not change keeps its scope, and with it everything
 * that was computed from it.
 */
import type { Root } from "../expressions/evaluate";

/** Where an item came from. */
export interface Origin {
  readonly item: unknown;
  /** Its position; `null` where nothing in the row asks for it, so that the row may move. */
  readonly index: number | null;
  /** Its list's pointer in the state, if that is known. */
  readonly list: string | null;
}

export interface Scope {
  readonly values: Readonly<Record<string, unknown>>;
  readonly origins: Readonly<Record<string, Origin>>;
}

export const EMPTY_SCOPE: Scope = { values: {}, origins: {} };

/** The scope of one item: `name`, `nameIndex` and `index` join what is there. */
export function itemScope(outer: Scope, name: string, origin: Origin): Scope {
  const position =
    origin.index === null ? {} : { [`${name}Index`]: origin.index, index: origin.index };
  return {
    values: { ...outer.values, [name]: origin.item, ...position },
    origins: { ...outer.origins, [name]: origin },
  };
}

/** The scope as a root of expressions. */
export function scopeRoot(scope: Scope): Root {
  return {
    member: (key) => (Object.hasOwn(scope.values, key) ? scope.values[key] : undefined),
    whole: () => scope.values,
  };
}
