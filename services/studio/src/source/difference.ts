/** The stretches in which a text differs from another: whole lines first, then as little of each as can be. */

export interface Difference {
  readonly from: number;
  readonly to: number;
  readonly insert: string;
}

/** How many pairs of lines are compared; where there are more, all between the outer ones is one stretch. */
const MOST_PAIRS = 250_000;

/** What makes `before` become `after`, in the order of the text; places are those of `before`. */
export function differencesOf(before: string, after: string): readonly Difference[] {
  const whole = stretch(before, after);
  if (whole === null) return [];
  const [start, end] = [lineStart(before, whole.from), lineEnd(before, whole.to)];
  const [one, other] = [linesOf(before.slice(start, end)), linesOf(after.slice(start, after.length - before.length + end))];
  if (one.length * other.length > MOST_PAIRS) return [whole];
  const found: Difference[] = [];
  let [at, i, j] = [start, 0, 0];
  for (const [nextI, nextJ] of [...kept(one, other), [one.length, other.length] as const]) {
    const gone = one.slice(i, nextI).join("");
    const change = stretch(gone, other.slice(j, nextJ).join(""));
    if (change !== null) found.push({ ...change, from: at + change.from, to: at + change.to });
    at += gone.length + (one[nextI]?.length ?? 0);
    [i, j] = [nextI + 1, nextJ + 1];
  }
  return found;
}

/** Lines of a text that another one has otherwise. */
export interface Hunk {
  /** The first of them, counted from 1. */
  readonly line: number;
  readonly before: string;
  readonly after: string;
}

/** What `after` has otherwise than `before`, by whole lines. */
export function hunksOf(before: string, after: string): readonly Hunk[] {
  let shift = 0;
  return differencesOf(before, after).map((change) => {
    const [start, end] = linesAround(before, change);
    const begin = start + shift;
    shift += change.insert.length - (change.to - change.from);
    const line = before.slice(0, start).split("\n").length;
    return { line, before: before.slice(start, end), after: after.slice(begin, end + shift) };
  });
}

/** A text with what two others made of it; null where they changed the same lines, or lines side by side. */
export function merged(base: string, one: string, other: string): string | null {
  const ones = differencesOf(base, one);
  const others = differencesOf(base, other).filter((each) => !ones.some((known) => isSame(known, each)));
  const lines = ones.map((each) => linesAround(base, each));
  const isApart = others.every((each) => {
    const [start, end] = linesAround(base, each);
    return lines.every(([from, to]) => end < from || to < start);
  });
  if (!isApart) return null;
  const changes = [...ones, ...others].toSorted((a, b) => a.from - b.from);
  return changes.reduceRight((text, { from, to, insert }) => text.slice(0, from) + insert + text.slice(to), base);
}

const isSame = (one: Difference, other: Difference): boolean =>
  one.from === other.from && one.to === other.to && one.insert === other.insert;

/** Where the lines begin and end that a change concerns: none of them where it only adds lines. */
function linesAround(text: string, { from, to, insert }: Difference): readonly [number, number] {
  const start = lineStart(text, from);
  const isWhole = start === from && lineStart(text, to) === to && (insert === "" || insert.endsWith("\n"));
  return [start, isWhole ? to : lineEnd(text, to)];
}

/** The one stretch in which a text differs from another; null for nothing. */
function stretch(before: string, after: string): Difference | null {
  if (before === after) return null;
  const most = Math.min(before.length, after.length);
  let start = 0;
  while (start < most && before[start] === after[start]) start++;
  let end = 0;
  while (end < most - start && before.at(-1 - end) === after.at(-1 - end)) end++;
  return { from: start, to: before.length - end, insert: after.slice(start, after.length - end) };
}

/** The pairs of equal lines that both keep: their longest common subsequence. */
function kept(one: readonly string[], other: readonly string[]): readonly (readonly [number, number])[] {
  const width = other.length + 1;
  const most = new Uint32Array((one.length + 1) * width);
  const best = (i: number, j: number): number => most[i * width + j] ?? 0;
  for (let i = one.length - 1; i >= 0; i--) {
    for (let j = other.length - 1; j >= 0; j--) {
      most[i * width + j] = one[i] === other[j] ? best(i + 1, j + 1) + 1 : Math.max(best(i + 1, j), best(i, j + 1));
    }
  }
  const pairs: [number, number][] = [];
  for (let [i, j] = [0, 0]; i < one.length && j < other.length; ) {
    if (one[i] === other[j]) pairs.push([i++, j++]);
    else if (best(i + 1, j) >= best(i, j + 1)) i++;
    else j++;
  }
  return pairs;
}

const lineStart = (text: string, place: number): number => text.slice(0, place).lastIndexOf("\n") + 1;

function lineEnd(text: string, place: number): number {
  const end = text.indexOf("\n", place);
  return end < 0 ? text.length : end + 1;
}

/** The lines of a text, each with its end. */
const linesOf = (text: string): readonly string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
