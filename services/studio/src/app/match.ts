/**
 * How well a short query fits a text, as launchers do it: the start of a word before its middle,
 * its middle before scattered letters, a short text before a long one.
 */

const LONGEST = 1000;

/** A score, higher is better, or null where the letters do not all occur in order. */
export function score(query: string, text: string): number | null {
  const wanted = query.trim().toLowerCase();
  const candidate = text.toLowerCase();
  const length = Math.min(candidate.length, LONGEST) / LONGEST;
  if (` ${candidate}`.includes(` ${wanted}`)) return 3 - length;
  if (candidate.includes(wanted)) return 2 - length;
  return hasInOrder(candidate, wanted) ? 1 - length : null;
}

/** The items that fit the query, best first; all of them in their order for an empty one. */
export function search<Item>(
  query: string,
  items: readonly Item[],
  textOf: (item: Item) => string,
): Item[] {
  if (query.trim() === "") return [...items];
  return items
    .map((item) => ({ item, score: score(query, textOf(item)) }))
    .filter((hit): hit is { item: Item; score: number } => hit.score !== null)
    .sort((one, other) => other.score - one.score)
    .map((hit) => hit.item);
}

function hasInOrder(text: string, letters: string): boolean {
  let from = 0;
  for (const letter of letters.replaceAll(/\s+/g, "")) {
    const at = text.indexOf(letter, from);
    if (at === -1) return false;
    from = at + letter.length;
  }
  return true;
}
