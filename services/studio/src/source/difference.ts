/** The one stretch in which a text differs from another. */

export interface Difference {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** What makes `before` become `after`, as little of it as one stretch can be; null for nothing. */
export function differenceOf(before: string, after: string): Difference | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}
