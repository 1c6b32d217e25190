/**
 * Evaluate the values of a node and follow them.
 *
 * A node is drawn again when one of its outcomes is another one, and for no other change of the
 * state: the snapshot that React compares is the same object until then.
 */
import { useMemo, useSyncExternalStore } from "react";
import type { Value } from "../generated/protocol";
import { Memo } from "../model/memo";
import type { Outcome, Outcomes } from "../model/outcome";
import type { PanelModel } from "../model/panel-model";
import type { Scope } from "../model/scope";
import { usePanelContext, useScope } from "./context";

/** The outcomes of several values, by name. Keep the record of values stable between renders. */
export function useOutcomes(values: Readonly<Record<string, Value>>): Outcomes {
  return useMade(useMemo(() => new Inputs(values), [values]), copied);
}

/** The outcome of one value. */
export function useOutcome(value: Value): Outcome {
  return useMade(useMemo(() => new Inputs({ value }), [value]), only);
}

/** What is made of the outcomes of several values: the same until one of them is another one. */
export function useMade<T>(inputs: Inputs, make: (outcomes: Outcomes) => T): T {
  const { store, model } = usePanelContext();
  const scope = useScope();
  const followed = useMemo(() => new Followed(inputs, make), [inputs, make]);
  const read = (): T => {
    model.show(store.getSnapshot().state);
    return followed.read(model, scope);
  };
  return useSyncExternalStore(inputs.areConstant ? never : store.subscribe, read, read);
}

const copied = (outcomes: Outcomes): Outcomes => ({ ...outcomes });
const only = (outcomes: Outcomes): Outcome => outcomes.value as Outcome;
const never = (): (() => void) => () => undefined;

/** Values by name: those that are the same in every state already have their outcomes. */
export class Inputs {
  readonly constant: Outcomes;
  /** The names and values of the others. */
  readonly names: readonly string[];
  readonly values: readonly Value[];

  constructor(given: Readonly<Record<string, Value>>, isWanted = (_name: string): boolean => true) {
    const constant: Record<string, Outcome> = {};
    const names: string[] = [];
    const values: Value[] = [];
    for (const name in given) {
      const value = given[name] as Value;
      if (!isWanted(name)) continue;
      if (value?.kind === "literal") {
        constant[name] = { ok: true, value: value.value ?? null };
      } else {
        names.push(name);
        values.push(value);
      }
    }
    this.constant = constant;
    this.names = names;
    this.values = values;
  }

  get areConstant(): boolean {
    return this.names.length === 0;
  }
}

class Followed<T> {
  readonly #make: (outcomes: Outcomes) => T;
  readonly #names: readonly string[];
  readonly #memos: readonly Memo[];
  readonly #outcomes: Record<string, Outcome>;
  #made: T | null = null;
  #model: PanelModel | null = null;
  #state: object | null = null;
  #scope: Scope | null = null;

  constructor(inputs: Inputs, make: (outcomes: Outcomes) => T) {
    this.#make = make;
    this.#names = inputs.names;
    this.#memos = inputs.values.map((value) => new Memo(value));
    this.#outcomes = { ...inputs.constant };
  }

  read(model: PanelModel, scope: Scope): T {
    if (this.#model === model && this.#state === model.state && this.#scope === scope)
      return this.#made as T;
    const isFirst = this.#model === null;
    this.#model = model;
    this.#state = model.state;
    this.#scope = scope;
    if (this.#evaluate(model, scope) || isFirst) this.#made = this.#make(this.#outcomes);
    return this.#made as T;
  }

  /** Bring the outcomes up to date; tell whether one is another one now. */
  #evaluate(model: PanelModel, scope: Scope): boolean {
    const environment = model.environment(scope);
    let isOther = false;
    for (let at = 0; at < this.#memos.length; at += 1) {
      const name = this.#names[at] as string;
      const outcome = (this.#memos[at] as Memo).get(environment);
      isOther ||= this.#outcomes[name] !== outcome;
      this.#outcomes[name] = outcome;
    }
    return isOther;
  }
}
