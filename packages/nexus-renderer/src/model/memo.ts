/**
 * A value of the view that is evaluated again only when something it read has changed.
 *
 * An evaluation leaves behind the places it read and what it found there. As long as the same is
 * found there, the outcome stands; with a state that shares what did not change, that is a few
 * comparisons by identity.
 */
import { evaluate, type Environment, type RootName } from "../expressions/evaluate";
import { getMember } from "../expressions/access";
import type { Value } from "../generated/protocol";
import { display } from "./display";
import { attempt, type Outcome, sameOutcome } from "./outcome";

interface Read {
  readonly root: RootName;
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Evaluate an attribute's value. */
export function evaluateValue(value: Value, environment: Environment): unknown {
  switch (value.kind) {
    case "literal":
      return value.value ?? null;
    case "expression":
    case "binding":
      return evaluate(value.tree, environment);
    case "template":
      return value.parts
        .map((part) =>
          typeof part === "string" ? part : display(evaluate(part.tree, environment)),
        )
        .join("");
    default:
      return unknownValue(value);
  }
}

/** One value with its last outcome. */
export class Memo {
  readonly #value: Value;
  #reads: readonly Read[] = [];
  #outcome: Outcome | null = null;

  constructor(value: Value) {
    this.#value = value;
  }

  /** The outcome in an environment; the same object as before where it is the same outcome. */
  get(environment: Environment): Outcome {
    if (this.#outcome && this.#reads.every((read) => stands(read, environment))) {
      return this.#outcome;
    }
    const reads = new Map<string, Read>();
    const record = (root: RootName, path: readonly string[], value: unknown): void => {
      reads.set(`${root}\0${path.join("\0")}`, { root, path, value });
    };
    const { $state, $scope } = environment;
    const fresh = attempt(() => evaluateValue(this.#value, { $state, $scope, record }));
    this.#reads = [...reads.values()];
    if (!this.#outcome || !sameOutcome(this.#outcome, fresh)) this.#outcome = fresh;
    return this.#outcome;
  }
}

function stands(read: Read, environment: Environment): boolean {
  try {
    return Object.is(follow(read, environment), read.value);
  } catch {
    return false;
  }
}

function follow({ root, path }: Read, environment: Environment): unknown {
  const [first] = path;
  if (first === undefined) return environment[root].whole();
  let value = environment[root].member(first);
  for (let depth = 1; depth < path.length; depth += 1) {
    value = getMember(value, path[depth] as string);
  }
  return value;
}

function unknownValue(value: never): never {
  throw new TypeError(`not a value: ${String((value as { kind?: unknown } | null)?.kind)}`);
}
