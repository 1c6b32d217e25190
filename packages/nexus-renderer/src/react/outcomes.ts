/**
 * Evaluate the values of a node and follow them.
 *
 * A node is drawn again when one of its outcomes is another one, and for no other change of the
 * state: the snapshot that React compares is the same object until then.
 */
import { useMemo, useSyncExternalStore } from "react";
import type { Value } from "../generated/protocol";
import { Memo } from "../model/memo";
import type { Outcome } from "../model/outcome";
import type { PanelModel } from "../model/panel-model";
import type { Scope } from "../model/scope";
import { usePanelContext, useScope } from "./context";

export type Outcomes = Readonly<Record<string, Outcome>>;

/** The outcomes of several values, by name. Keep the record of values stable between renders. */
export function useOutcomes(values: Readonly<Record<string, Value>>): Outcomes {
  const { store, model } = usePanelContext();
  const scope = useScope();
  const group = useMemo(() => new MemoGroup(values), [values]);
  const read = (): Outcomes => {
    model.show(store.getSnapshot().state);
    return group.read(model, scope);
  };
  return useSyncExternalStore(group.isConstant ? never : store.subscribe, read, read);
}

/** The outcome of one value. */
export function useOutcome(value: Value): Outcome {
  const values = useMemo(() => ({ value }), [value]);
  return useOutcomes(values).value as Outcome;
}

const never = (): (() => void) => () => undefined;

class MemoGroup {
  readonly isConstant: boolean;
  readonly #memos: readonly (readonly [string, Memo])[];
  #last: Outcomes = {};
  #seen: { readonly model: PanelModel; readonly state: object; readonly scope: Scope } | null =
    null;

  constructor(values: Readonly<Record<string, Value>>) {
    const entries = Object.entries(values);
    this.isConstant = entries.every(([, value]) => value.kind === "literal");
    this.#memos = entries.map(([name, value]) => [name, Memo.ofValue(value)]);
  }

  read(model: PanelModel, scope: Scope): Outcomes {
    const seen = this.#seen;
    if (seen?.model === model && seen.state === model.state && seen.scope === scope)
      return this.#last;
    this.#seen = { model, state: model.state, scope };
    const environment = model.environment(scope);
    const next = this.#memos.map(([name, memo]) => [name, memo.get(environment)] as const);
    const same = next.every(([name, outcome]) => this.#last[name] === outcome);
    if (!same || next.length === 0)
      this.#last = next.length === 0 ? NONE : Object.fromEntries(next);
    return this.#last;
  }
}

const NONE: Outcomes = {};
