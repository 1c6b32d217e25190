/**
 * Regular expressions that cannot run away.
 *
 * A repeated group that holds a repetition, or branches that do not differ in their first
 * character, can take exponential time: it is refused. What is left takes at most a power of the
 * text's length, which bounds the text.
 */
import { EvaluationError } from "./errors";

const MAX_WORK = 1e8;
const UNBOUNDED = /^(?:[*+]|\{\d+,\})/;
const COUNTED = /^(?:[*+?]|\{\d+(?:,\d*)?\})\??/;

interface Shape {
  /** Unbounded quantifiers, none inside another. */
  readonly loops: number;
  /** In how many ways the bounded quantifiers can be taken. */
  readonly ways: number;
  readonly anchored: boolean;
}

const shapes = new WeakMap<RegExp, Shape>();

/** Make a regular expression after a look at its shape; throws on one that can run away. */
export function makeRegExp(pattern: string, flags: string): RegExp {
  const shape = { ...measure(pattern), anchored: pattern.startsWith("^") };
  let regex: RegExp;
  try {
    regex = new RegExp(pattern, flags);
  } catch {
    throw new EvaluationError(`/${pattern}/ is not a regular expression`);
  }
  shapes.set(regex, shape);
  return regex;
}

/** Refuse a text on which the regular expression could take too long. */
export function guardMatch(regex: RegExp, text: string): void {
  const shape = shapes.get(regex);
  if (!shape) throw new EvaluationError("not a regular expression of this panel");
  const power = shape.loops + (shape.anchored ? 0 : 1);
  const choices = shape.loops > 0 || shape.ways > 1;
  if (choices && shape.ways * text.length ** power > MAX_WORK) {
    throw new EvaluationError(`a text of ${text.length} characters is too long for ${regex}`);
  }
}

interface Group {
  loops: number;
  ways: number;
  /** What each branch begins with: a plain character, or `null` for anything else. */
  readonly starts: (string | null)[];
  atStart: boolean;
}

const newGroup = (): Group => ({ loops: 0, ways: 1, starts: [], atStart: true });

function measure(pattern: string): { loops: number; ways: number } {
  const groups: Group[] = [newGroup()];
  let position = 0;
  while (position < pattern.length) {
    const current = groups.at(-1) as Group;
    const token = nextToken(pattern, position);
    position += token.length;
    if (current.atStart && token !== ")") beginBranch(current, token);
    if (token.startsWith("(")) groups.push(newGroup());
    else if (token === "|") current.atStart = true;
    else if (token === ")" && groups.length > 1) {
      position += closeGroup(groups, pattern.slice(position), pattern);
    } else if (UNBOUNDED.test(token)) current.loops += 1;
    else if (COUNTED.test(token)) current.ways *= range(token).ways;
  }
  return {
    loops: groups.reduce((sum, group) => sum + group.loops, 0),
    ways: groups.reduce((product, group) => product * group.ways, 1),
  };
}

/** How often a bounded quantifier repeats at most, and how many counts it allows. */
function range(quantifier: string): { most: number; ways: number } {
  const [, least, most] = /^\{(\d+)(?:,(\d+))?\}/.exec(quantifier) ?? [];
  if (least === undefined) return { most: 1, ways: 2 };
  return { most: Number(most ?? least), ways: Number(most ?? least) - Number(least) + 1 };
}

function beginBranch(group: Group, token: string): void {
  group.starts.push(/^[\w\s-]$/.test(token) ? token.toLowerCase() : null);
  group.atStart = false;
}

/** A group's opening with its kind, an escape, a class, a quantifier, or one character. */
function nextToken(pattern: string, position: number): string {
  const rest = pattern.slice(position);
  if (rest.startsWith("\\")) return rest.slice(0, 2);
  const open = /^\((?:\?(?:[:=!]|<[=!]|<[^>]*>))?/.exec(rest);
  const charClass = /^\[(?:\\.|[^\]\\])*\]?/.exec(rest);
  return (open ?? charClass ?? COUNTED.exec(rest))?.[0] ?? (rest[0] as string);
}

/** Close the innermost group and return the length of the quantifier behind it. */
function closeGroup(groups: Group[], rest: string, pattern: string): number {
  const inner = groups.pop() as Group;
  const outer = groups.at(-1) as Group;
  const quantifier = COUNTED.exec(rest)?.[0] ?? "";
  const unbounded = UNBOUNDED.test(quantifier);
  const { most, ways } = unbounded || quantifier === "" ? { most: 1, ways: 1 } : range(quantifier);
  const repeats = unbounded || most > 1;
  if ((repeats && (inner.loops > 0 || isAmbiguous(inner))) || (unbounded && inner.ways > 1)) {
    throw new EvaluationError(`/${pattern}/ repeats a group that can match in several ways`);
  }
  outer.loops += inner.loops + (unbounded ? 1 : 0);
  outer.ways *= ways * inner.ways ** most;
  return quantifier.length;
}

/** Tell whether more than one branch may match at the same place. */
function isAmbiguous({ starts }: Group): boolean {
  return starts.length > 1 && (starts.includes(null) || new Set(starts).size < starts.length);
}
