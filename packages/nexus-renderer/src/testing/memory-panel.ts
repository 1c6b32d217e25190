/** A panel without a kernel: its state in memory, its tools functions. */
import type {
  EventMessage,
  Json,
  JsonObject,
  PanelAst,
  PatchOp,
  Result,
  ViewCommand,
  ViewMessage,
} from "../generated/protocol";
import { Cell, Signal } from "../client/observable";
import type { PanelSnapshot, PanelSource, ToolArgs } from "../client/panel-store";
import { applyPatch } from "../state/patch";

/** What a tool does: the operations it makes, at once or later; what it throws is its error. */
export type ToolHandler = (
  args: ToolArgs,
  state: JsonObject,
) => readonly PatchOp[] | Promise<readonly PatchOp[]>;

/** A `PanelSource` for tests, previews and stories. */
export class MemoryPanel implements PanelSource {
  readonly panelId = "memory";
  readonly #snapshot: Cell<PanelSnapshot>;
  readonly #events = new Signal<EventMessage>();
  readonly #results = new Signal<Result>();
  readonly #view = new Signal<ViewMessage>();
  readonly #tools: Readonly<Record<string, ToolHandler>>;
  #requests = 0;
  /** Every tool that was run, in order. */
  readonly calls: { readonly tool: string; readonly args: ToolArgs }[] = [];

  constructor(
    ast: PanelAst,
    state: JsonObject = {},
    tools: Readonly<Record<string, ToolHandler>> = {},
  ) {
    this.#tools = tools;
    this.#snapshot = new Cell<PanelSnapshot>({
      ast,
      state,
      rev: 0,
      sourceHash: "memory",
      status: "live",
      error: null,
    });
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#snapshot.subscribe(listener);
  readonly getSnapshot = (): PanelSnapshot => this.#snapshot.getSnapshot();
  readonly onEvent = this.#events.listen;
  readonly onResult = this.#results.listen;
  readonly onView = this.#view.listen;

  /** Change the state as a PATCH does. */
  patch(...ops: PatchOp[]): void {
    const { state, rev, ...rest } = this.getSnapshot();
    this.#snapshot.set({ ...rest, state: applyPatch(state, ops), rev: rev + 1 });
  }

  /** Emit an event as a handler does. */
  emit(name: string, payload: Json): void {
    this.#events.emit({ type: "EVENT", panelId: this.panelId, name, payload });
  }

  /** Do something to components of the view as a handler does. */
  view(...commands: ViewCommand[]): void {
    this.#view.emit({ type: "VIEW", panelId: this.panelId, commands });
  }

  set(path: string, value: Json): void {
    const list = /\/\d+$/.test(path);
    this.patch({ op: list ? "replace" : "add", path, value });
  }

  async trigger(tool: string, args: ToolArgs = {}): Promise<Result> {
    this.calls.push({ tool, args });
    this.#requests += 1;
    const base = {
      type: "RESULT",
      requestId: String(this.#requests),
      panelId: this.panelId,
    } as const;
    let result: Result;
    try {
      const ops = await this.#tools[tool]?.(args, this.getSnapshot().state);
      if (ops) this.patch(...ops);
      result = { ...base, ok: true, rev: this.getSnapshot().rev };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      result = {
        ...base,
        ok: false,
        error: { code: "EXECUTION_ERROR", message },
        rev: this.getSnapshot().rev,
      };
    }
    this.#results.emit(result);
    return result;
  }
}
