/** Keys of the items of a list: what lets React follow an item that moves. */

/** One key per item: its `property` where that tells it apart, else its position. */
export function itemKeys(items: readonly unknown[], property: string | null | undefined): string[] {
  const seen = new Set<string>();
  return items.map((item, index) => {
    const own = property ? keyOf(item, property) : undefined;
    const key = own === undefined || seen.has(own) ? `#${index}` : own;
    seen.add(key);
    return key;
  });
}

function keyOf(item: unknown, property: string): string | undefined {
  if (typeof item !== "object" || item === null || !Object.hasOwn(item, property)) return undefined;
  const value = (item as Record<string, unknown>)[property];
  return typeof value === "string" || typeof value === "number" ? `=${value}` : undefined;
}
