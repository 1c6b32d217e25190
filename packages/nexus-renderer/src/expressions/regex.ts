/**
 * Regular expressions that cannot run away.
 *
 * A quantified group that holds a quantifier or an alternation can take exponential time: it is
 * refused. What is left takes at most a power of the text's length, which bounds the text.
 */
import { EvaluationError } from "./errors";

const MAX_WORK = 1e8;
const UNBOUNDED = /^(?:[*+]|\{\d+,\})/;
const COUNTED = /^(?:[*+?]|\{\d+(?:,\d*)?\})/;

interface Shape {
  /** Unbounded quantifiers outside of each other. */
  readonly loops: number;
  readonly anchored: boolean;
}

const shapes = new WeakMap<RegExp, Shape>();

/** Make a regular expression after a look at its shape; throws on one that can run away. */
export function makeRegExp(pattern: string, flags: string): RegExp {
  const shape = { loops: countLoops(pattern), anchored: pattern.startsWith("^") };
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
  if (shape.loops > 0 && text.length ** power > MAX_WORK) {
    throw new EvaluationError(`a text of ${text.length} characters is too long for ${regex}`);
  }
}

interface Group {
  loops: number;
  branches: boolean;
}

function countLoops(pattern: string): number {
  const groups: Group[] = [{ loops: 0, branches: false }];
  let position = 0;
  while (position < pattern.length) {
    const current = groups.at(-1) as Group;
    const token = nextToken(pattern, position);
    position += token.length;
    if (token === "(") groups.push({ loops: 0, branches: false });
    else if (token === "|") current.branches = true;
    else if (token === ")" && groups.length > 1) {
      position += closeGroup(groups, pattern.slice(position), pattern);
    } else if (UNBOUNDED.test(token)) current.loops += 1;
  }
  return groups.reduce((sum, group) => sum + group.loops, 0);
}

function nextToken(pattern: string, position: number): string {
  const rest = pattern.slice(position);
  if (rest.startsWith("\\")) return rest.slice(0, 2);
  const charClass = /^\[(?:\\.|[^\]\\])*\]?/.exec(rest);
  if (charClass) return charClass[0];
  return COUNTED.exec(rest)?.[0] ?? (rest[0] as string);
}

/** Close the innermost group and return the length of the quantifier behind it. */
function closeGroup(groups: Group[], rest: string, pattern: string): number {
  const inner = groups.pop() as Group;
  const outer = groups.at(-1) as Group;
  const quantifier = COUNTED.exec(rest)?.[0] ?? "";
  const repeats = quantifier !== "" && quantifier !== "?";
  if (repeats && (inner.loops > 0 || inner.branches)) {
    throw new EvaluationError(`/${pattern}/ repeats a group that can match in several ways`);
  }
  outer.loops += inner.loops + (UNBOUNDED.test(quantifier) ? 1 : 0);
  outer.branches ||= inner.branches;
  return quantifier.length;
}
