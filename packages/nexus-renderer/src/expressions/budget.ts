/**
 * How much work one evaluation may do, and on what.
 *
 * Every node costs a step, and whatever walks a list or a text costs its length before it begins,
 * so that no expression holds up the page, whoever wrote it. What an evaluation has made itself it
 * may change, as JavaScript does; the state it may not.
 */
import { EvaluationError } from "./errors";

export const MAX_STEPS = 1_000_000;
export const MAX_TEXT = 1_000_000;

export class Budget {
  #left: number;
  /** Most evaluations make nothing. */
  #made: WeakSet<object> | null = null;

  constructor(steps: number = MAX_STEPS) {
    this.#left = steps;
  }

  /** Take steps from the budget; throws when it is used up. */
  spend(steps = 1): void {
    this.#left -= steps;
    if (!(this.#left >= 0)) throw new EvaluationError("the expression takes too many steps");
  }

  /** Note a list or object that this evaluation has made, and return it. */
  made<T extends object>(value: T): T {
    (this.#made ??= new WeakSet()).add(value);
    return value;
  }

  /** Tell whether this evaluation has made the list or object, and so may change it. */
  owns(value: object): boolean {
    return this.#made?.has(value) ?? false;
  }

  /** Throw unless this evaluation may change the list or object. */
  demandOwn(value: object): void {
    if (!this.owns(value)) {
      throw new EvaluationError("the state cannot be changed in an expression: copy it first");
    }
  }

  /**
   * Take what it costs to walk a value whole, as printing it does. Shared parts count each time
   * they are met, as they do in the print.
   */
  weigh(value: unknown): void {
    if (typeof value !== "object") return this.spend(costOf(value));
    const stack: unknown[] = [value];
    while (stack.length > 0) {
      const item = stack.pop();
      this.spend(costOf(item));
      if (item === null || typeof item !== "object" || item instanceof Date) continue;
      const members: unknown[] = Array.isArray(item) ? item : Object.values(item);
      this.spend(members.length);
      for (const member of members) stack.push(member);
    }
  }
}

const costOf = (item: unknown): number => (typeof item === "string" ? 1 + item.length / 16 : 1);

/** Return the text, or throw when it has grown beyond reason. */
export function bounded(text: string): string {
  if (text.length > MAX_TEXT) throw new EvaluationError("the text grows too long");
  return text;
}

/** The length that a walk over a value costs. */
export function lengthOf(value: unknown): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : 1;
}
