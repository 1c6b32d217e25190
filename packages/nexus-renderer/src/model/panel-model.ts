/**
 * A panel's state as its expressions see it: declared states and computed values under one root.
 *
 * Computed values are evaluated when they are read, and again only when what they read changed.
 * How the state comes about is the store's business.
 */
import { EvaluationError } from "../expressions/errors";
import type { Environment, Root } from "../expressions/evaluate";
import type { Computed, JsonObject } from "../generated/protocol";
import { Memo } from "./memo";
import { attempt, type Outcome } from "./outcome";
import { EMPTY_SCOPE, scopeRoot, type Scope } from "./scope";

interface Cell {
  readonly memo: Memo;
  /** The outcome in the newest state it was asked in. */
  newest: { readonly of: JsonObject; readonly outcome: Outcome } | null;
}

export class PanelModel implements Root {
  readonly #cells: ReadonlyMap<string, Cell>;
  readonly #running = new Set<string>();
  readonly #environment: Environment;
  #state: JsonObject = {};
  #whole: { readonly of: JsonObject; readonly value: Record<string, unknown> } | null = null;

  constructor(computed: readonly Computed[]) {
    this.#cells = new Map(
      computed.map((one) => [one.name, { memo: new Memo(one.value), newest: null }]),
    );
    this.#environment = this.environment(EMPTY_SCOPE);
  }

  get state(): JsonObject {
    return this.#state;
  }

  /** See another state from now on. */
  show(state: JsonObject): void {
    this.#state = state;
  }

  /** What an expression of the view may reach. */
  environment(scope: Scope): Environment {
    return { $state: this, $scope: scopeRoot(scope) };
  }

  isComputed(name: string): boolean {
    return this.#cells.has(name);
  }

  member(name: string): unknown {
    const cell = this.#cells.get(name);
    if (cell) return this.#computed(name, cell);
    return Object.hasOwn(this.#state, name) ? this.#state[name] : undefined;
  }

  /** State and computed values together; a computed value that fails is left out. */
  whole(): unknown {
    if (this.#whole?.of === this.#state) return this.#whole.value;
    const value: Record<string, unknown> = { ...this.#state };
    for (const name of this.#cells.keys()) {
      const outcome = attempt(() => this.member(name));
      if (outcome.ok) value[name] = outcome.value;
    }
    // Seen from inside a computed value it lacks that value, so it is kept for the view only.
    if (this.#running.size === 0) this.#whole = { of: this.#state, value };
    return value;
  }

  #computed(name: string, cell: Cell): unknown {
    if (this.#running.has(name)) throw new EvaluationError(`${name} is computed from itself`);
    this.#running.add(name);
    try {
      if (cell.newest?.of !== this.#state) {
        cell.newest = { of: this.#state, outcome: cell.memo.get(this.#environment) };
      }
      const { outcome } = cell.newest;
      if (outcome.ok) return outcome.value;
      throw new EvaluationError(`${name}: ${outcome.error}`);
    } finally {
      this.#running.delete(name);
    }
  }
}
