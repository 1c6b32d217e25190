/**
 * One panel as this client knows it: its tree, its state with what was just typed on top, and the
 * ways to act on it.
 *
 * Applies the kernel's messages in order and notices gaps. How messages travel is the client's
 * business; what a panel looks like is the renderer's.
 */
import type {
  ErrorCode,
  ErrorMessage,
  EventMessage,
  Json,
  JsonObject,
  PanelAst,
  PanelMessage,
  Patch,
  Progress,
  Result,
  Subscribe,
  ViewMessage,
} from "../generated/protocol";
import { applyPatch } from "../state/patch";
import { reconcile } from "../state/reconcile";
import { stateHash } from "./hash";
import { Cell, type Readable, Signal } from "./observable";
import type { Request } from "./outbox";
import { addressOf, Overlay, type Write } from "./overlay";
import { newId, newTraceparent } from "./ids";

/** `loading` before the first PANEL, `live`, `stale` while the connection is away, `error`. */
export type PanelStatus = "loading" | "live" | "stale" | "error";

export interface PanelFailure {
  readonly code: ErrorCode;
  readonly message: string;
}

export interface PanelSnapshot {
  readonly ast: PanelAst | null;
  /** The state with unconfirmed input on top; objects that did not change keep their identity. */
  readonly state: JsonObject;
  readonly rev: number;
  readonly sourceHash: string | null;
  readonly status: PanelStatus;
  /** Why there is no panel, where `status` is `error`. */
  readonly error: PanelFailure | null;
}

export type ToolArgs = Readonly<Record<string, Json>> | readonly Json[];

/** What the renderer needs of a panel; `PanelStore` is the one with a kernel behind it. */
export interface PanelSource extends Readable<PanelSnapshot> {
  readonly panelId: string;
  /**
   * Run a tool. Resolves with its RESULT, also when that says it failed; `signal` asks for its
   * end, which is a RESULT with the code CANCELLED unless it was there before.
   */
  trigger(tool: string, args?: ToolArgs, options?: TriggerOptions): Promise<Result>;
  /** Write a value at a JSON pointer; it is shown at once and confirmed by the kernel. */
  set(path: string, value: Json): void;
  /** Hear of the events that handlers emit. */
  onEvent(listener: (event: EventMessage) => void): () => void;
  /** Hear of the end of every request that was made here. */
  onResult(listener: (result: Result) => void): () => void;
  /** Hear what handlers do to components of the view. */
  onView?(listener: (message: ViewMessage) => void): () => void;
}

export interface TriggerOptions {
  readonly signal?: AbortSignal;
}

/** @internal What a store asks of its client. */
export interface Link {
  request(request: Request, settle: (result: Result) => void): void;
  cancel(requestId: string): void;
  subscribe(message: Subscribe): void;
  /** The first listener came or the last one went. */
  watched(panelId: string, watched: boolean): void;
}

const EMPTY: PanelSnapshot = {
  ast: null,
  state: {},
  rev: 0,
  sourceHash: null,
  status: "loading",
  error: null,
};

/** A panel that a kernel runs. Get one from `NexusClient.panel`. */
export class PanelStore implements PanelSource {
  readonly panelId: string;
  readonly #link: Link;
  readonly #overlay = new Overlay();
  readonly #snapshot = new Cell<PanelSnapshot>(EMPTY);
  readonly #events = new Signal<EventMessage>();
  readonly #results = new Signal<Result>();
  readonly #progress = new Signal<Progress>();
  readonly #view = new Signal<ViewMessage>();
  #confirmed: JsonObject = {};
  #listeners = 0;
  #resyncing = false;

  /** @internal */
  constructor(panelId: string, link: Link) {
    this.panelId = panelId;
    this.#link = link;
  }

  readonly getSnapshot = (): PanelSnapshot => this.#snapshot.getSnapshot();

  readonly subscribe = (listener: () => void): (() => void) => {
    const stop = this.#snapshot.subscribe(listener);
    this.#listeners += 1;
    if (this.#listeners === 1) this.#link.watched(this.panelId, true);
    let stopped = false;
    return () => {
      if (stopped) return;
      stopped = true;
      stop();
      this.#listeners -= 1;
      if (this.#listeners === 0) this.#link.watched(this.panelId, false);
    };
  };

  readonly onEvent = this.#events.listen;
  readonly onResult = this.#results.listen;
  /** Hear what a tool under way is waiting for. */
  readonly onProgress = this.#progress.listen;
  /** Hear what handlers do to components of the view. */
  readonly onView = this.#view.listen;

  trigger(tool: string, args: ToolArgs = {}, { signal }: TriggerOptions = {}): Promise<Result> {
    // What was typed before the click reaches the kernel before the click.
    this.#sendWrites(true);
    const requestId = newId();
    const cancel = () => this.#link.cancel(requestId);
    return new Promise((resolve) => {
      this.#link.request(
        {
          type: "TRIGGER",
          requestId,
          panelId: this.panelId,
          tool,
          args,
          traceparent: newTraceparent(),
        },
        (result) => {
          signal?.removeEventListener("abort", cancel);
          this.#results.emit(result);
          resolve(result);
        },
      );
      if (signal?.aborted) cancel();
      else signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** Take the newest change back that is not taken back yet, or the one of a revision. */
  undo(rev?: number): Promise<Result> {
    const which = rev === undefined ? {} : { rev };
    return this.#change({ type: "UNDO", requestId: newId(), panelId: this.panelId, ...which });
  }

  /** Take the newest undo back that is still in effect. */
  redo(): Promise<Result> {
    return this.#change({ type: "REDO", requestId: newId(), panelId: this.panelId });
  }

  #change(request: Request): Promise<Result> {
    this.#sendWrites(true);
    return new Promise((resolve) => {
      this.#link.request(request, (result) => {
        this.#results.emit(result);
        resolve(result);
      });
    });
  }

  set(path: string, value: Json): void {
    const { ast, rev } = this.getSnapshot();
    this.#overlay.put(path, value, ast && rev);
    this.#show({});
    this.#sendWrites(false);
  }

  // ---- for the client

  /** @internal The SUBSCRIBE that brings this store up to date. */
  subscription(): Subscribe {
    const { ast, rev, sourceHash, status } = this.getSnapshot();
    const message: Subscribe = { type: "SUBSCRIBE", panelId: this.panelId };
    // A panel that was gone is there again when it comes whole.
    return ast && sourceHash && status !== "error" ? { ...message, sinceRev: rev, sourceHash } : message;
  }

  /** @internal */
  acceptPanel(message: PanelMessage): void {
    const previous = this.getSnapshot();
    const sameSource = previous.ast !== null && previous.sourceHash === message.sourceHash;
    this.#resyncing = false;
    this.#confirmed = reconcile(this.#confirmed, message.state) as JsonObject;
    this.#overlay.settle(message.rev);
    this.#show({
      ast: sameSource ? previous.ast : message.ast,
      sourceHash: message.sourceHash,
      rev: message.rev,
      status: "live",
      error: null,
    });
  }

  /** @internal */
  acceptPatch(message: Patch): void {
    const { ast, rev } = this.getSnapshot();
    if (!ast || message.rev <= rev) return;
    if (message.rev !== rev + 1) return this.#resync(this.subscription());
    try {
      this.#confirmed = applyPatch(this.#confirmed, message.ops);
    } catch {
      return this.#resyncWhole();
    }
    this.#resyncing = false;
    this.#overlay.carry(message.ops, this.#confirmed);
    this.#overlay.settle(message.rev);
    this.#show({ rev: message.rev, status: "live" });
    if (message.hash && message.hash !== stateHash(this.#confirmed)) this.#resyncWhole();
  }

  /** @internal */
  acceptEvent(message: EventMessage): void {
    this.#events.emit(message);
  }

  /** @internal */
  acceptView(message: ViewMessage): void {
    this.#view.emit(message);
  }

  /** @internal */
  acceptProgress(message: Progress): void {
    this.#progress.emit(message);
  }

  /** @internal */
  acceptError({ code, message }: ErrorMessage): void {
    if (this.getSnapshot().ast && code !== "NOT_FOUND") return;
    this.#show({ status: "error", error: { code, message } });
  }

  /** @internal The connection is gone: what is shown may be old. */
  disconnected(): void {
    this.#resyncing = false;
    if (this.getSnapshot().status === "live") this.#show({ status: "stale" });
  }

  /** @internal A SUBSCRIBE went out over a new connection; patches that follow say so. */
  resumed(): void {
    if (this.getSnapshot().status === "stale") this.#show({ status: "live" });
  }

  #resync(message: Subscribe): void {
    if (this.#resyncing) return;
    this.#resyncing = true;
    this.#link.subscribe(message);
  }

  /** This copy is not the kernel's any more: only a whole one helps. */
  #resyncWhole(): void {
    this.#resync({ type: "SUBSCRIBE", panelId: this.panelId });
  }

  #sendWrites(all: boolean): void {
    for (const write of this.#overlay.take(all)) this.#sendWrite(write);
  }

  #sendWrite(write: Write): void {
    const request: Request = {
      type: "SET",
      requestId: newId(),
      panelId: this.panelId,
      ...addressOf(write),
      value: write.value,
    };
    this.#link.request(request, (result) => {
      if (result.ok) this.#overlay.confirm(write, result.rev);
      else this.#overlay.drop(write);
      this.#overlay.settle(this.getSnapshot().rev);
      this.#show({});
      this.#results.emit(result);
      this.#sendWrites(false);
    });
  }

  #show(change: Partial<PanelSnapshot>): void {
    const previous = this.getSnapshot();
    const next = { ...previous, ...change, state: this.#overlay.over(this.#confirmed) };
    const keys = Object.keys(next) as (keyof PanelSnapshot)[];
    if (keys.some((key) => next[key] !== previous[key])) this.#snapshot.set(next);
  }
}
