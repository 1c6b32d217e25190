/**
 * A panel whose state a host gives, without a kernel.
 *
 * What a person types is shown at once and told to the host; what the host gives afterwards takes its
 * place. Tools are the host's.
 */
import { useLayoutEffect, useState } from "react";
import { newId } from "../client/ids";
import { Cell, Signal } from "../client/observable";
import { writeOver } from "../client/overlay";
import type { PanelSnapshot, PanelSource, ToolArgs } from "../client/panel-store";
import type { EventMessage, Json, JsonObject, PanelAst, Result } from "../generated/protocol";
import { reconcile } from "../state/reconcile";

export interface GivenState {
  readonly state: JsonObject;
  /** Run a tool; the panel shows what it throws, and that it goes on until its promise ends. */
  readonly onTrigger?: (tool: string, args: ToolArgs) => unknown;
  /** Hear what was written, as a JSON pointer into the state and its value. */
  readonly onSet?: (path: string, value: Json) => void;
}

/** The panel of what is given, the same one for as long as it is drawn. */
export function useGivenState(ast: PanelAst, given: GivenState): PanelSource {
  const [panel] = useState(() => new GivenPanel(ast, given));
  useLayoutEffect(() => panel.hear(given));
  useLayoutEffect(() => panel.show(ast, given.state), [panel, ast, given.state]);
  return panel;
}

const ID = "given";

class GivenPanel implements PanelSource {
  readonly panelId = ID;
  readonly #snapshot: Cell<PanelSnapshot>;
  readonly #events = new Signal<EventMessage>();
  readonly #results = new Signal<Result>();
  #given: GivenState;
  readonly subscribe: PanelSource["subscribe"];
  readonly getSnapshot: PanelSource["getSnapshot"];
  readonly onEvent = this.#events.listen;
  readonly onResult = this.#results.listen;

  constructor(ast: PanelAst, given: GivenState) {
    const { state } = given;
    this.#given = given;
    this.#snapshot = new Cell<PanelSnapshot>({
      ast,
      state,
      rev: 0,
      sourceHash: null,
      status: "live",
      error: null,
    });
    ({ subscribe: this.subscribe, getSnapshot: this.getSnapshot } = this.#snapshot);
  }

  hear(given: GivenState): void {
    this.#given = given;
  }

  show(ast: PanelAst, state: JsonObject): void {
    const { state: before, ...rest } = this.getSnapshot();
    const next = reconcile(before, state);
    if (rest.ast !== ast || next !== before)
      this.#snapshot.set({ ...rest, ast, state: next, rev: rest.rev + 1 });
  }

  set(path: string, value: Json): void {
    const { ast, state } = this.getSnapshot();
    if (ast) this.show(ast, writeOver(state, { path, value }));
    this.#given.onSet?.(path, value);
  }

  async trigger(tool: string, args: ToolArgs = {}): Promise<Result> {
    const base = { type: "RESULT", requestId: newId(), panelId: ID } as const;
    let result: Result;
    try {
      await this.#given.onTrigger?.(tool, args);
      result = { ...base, ok: true, rev: this.getSnapshot().rev };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { rev } = this.getSnapshot();
      result = { ...base, ok: false, error: { code: "EXECUTION_ERROR", message }, rev };
    }
    this.#results.emit(result);
    return result;
  }
}
