/**
 * What `entries()`, `keys()`, `values()` and `matchAll()` give: a walk over a list, once.
 *
 * It may be spread, taken apart and made a list; it has no length, no index and no members.
 */
export class ListIterator {
  #items: readonly unknown[];

  constructor(items: readonly unknown[], name: string) {
    this.#items = items;
    Object.defineProperty(this, Symbol.toStringTag, { value: name });
  }

  /** Take up to `count` of what is left. */
  take(count: number = this.#items.length): readonly unknown[] {
    const taken = this.#items.slice(0, count);
    this.#items = this.#items.slice(count);
    return taken;
  }
}

/** The items that a value gives when it is walked, or `null` when it cannot be. */
export function itemsOf(value: unknown, count?: number): readonly unknown[] | null {
  if (Array.isArray(value)) return [...(value as unknown[])];
  if (typeof value === "string") return [...value];
  return value instanceof ListIterator ? value.take(count) : null;
}
