/**
 * A value of the view that is evaluated again only when something it read has changed.
 *
 * An evaluation leaves behind the places it read and what it found there. As long as the same is
 * found there, the outcome stands; with a state that shares what did not change, that is a few
 * comparisons by identity.
 */
import { evaluate, type Environment, type RootName } from "../expressions/evaluate";
import { getMember } from "../expressions/access";
import type { Expression, Value } from "../generated/protocol";
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

/** One expression or value with its last outcome. */
export class Memo {
  readonly #evaluate: (environment: Environment) => unknown;
  #reads: readonly Read[] = [];
  #outcome: Outcome | null = null;

  constructor(run: (environment: Environment) => unknown) {
    this.#evaluate = run;
  }

  static ofValue(value: Value): Memo {
    return new Memo((environment) => evaluateValue(value, environment));
  }

  static ofExpression(tree: Expression): Memo {
    return new Memo((environment) => evaluate(tree, environment));
  }

  /** The outcome in an environment; the same object as before where it is the same outcome. */
  get(environment: Environment): Outcome {
    if (this.#outcome && this.#reads.every((read) => stands(read, environment))) {
      return this.#outcome;
    }
    const reads = new Map<string, Read>();
    const record = (root: RootName, path: readonly string[], value: unknown): void => {
      reads.set([root, ...path].join("\0"), { root, path, value });
    };
    const fresh = attempt(() => this.#evaluate({ ...environment, record }));
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
  const [first, ...rest] = path;
  if (first === undefined) return environment[root].whole();
  return rest.reduce((value, key) => getMember(value, key), environment[root].member(first));
}

function unknownValue(value: never): never {
  throw new TypeError(`not a value: ${String((value as { kind?: unknown } | null)?.kind)}`);
}
