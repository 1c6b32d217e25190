/**
 * A kernel in memory behind sockets that a test holds in its hand.
 *
 * It speaks the real messages and keeps the real promises: gapless revisions, resumption from a
 * revision, each request id run once. Frames travel when the test says so, so latency, loss and
 * reconnection are the test's to arrange.
 */
import type { Socket } from "../client/socket";
import { CATALOGUE_HASH } from "../generated/catalogue";
import type {
  ClientMessage,
  Connected,
  Json,
  JsonObject,
  PanelAst,
  Patch,
  PatchOp,
  Result,
  ServerMessage,
  SetMessage,
  Subscribe,
  Trigger,
} from "../generated/protocol";
import { applyPatch } from "../state/patch";
import { rebasePointer } from "../state/rebase";
import type { ToolHandler } from "./memory-panel";

interface Panel {
  readonly ast: PanelAst;
  readonly sourceHash: string;
  state: JsonObject;
  rev: number;
  readonly log: Patch[];
}

/** One socket of a client, as the kernel sees it. */
export class FakeConnection implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  /** Everything the client sent, delivered or not. */
  readonly sent: ClientMessage[] = [];
  readonly subscribed = new Set<string>();
  readonly #inbox: ClientMessage[] = [];
  readonly #outbox: ServerMessage[] = [];
  readonly #kernel: FakeKernel;
  #isOpen = true;

  constructor(kernel: FakeKernel) {
    this.#kernel = kernel;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  send(data: string): void {
    const message = JSON.parse(data) as ClientMessage;
    this.sent.push(message);
    this.#inbox.push(message);
    if (this.#kernel.immediate) this.deliver();
  }

  close(): void {
    this.#isOpen = false;
  }

  /** Put a frame on its way to the client. */
  push(message: ServerMessage): void {
    this.#outbox.push(message);
    if (this.#kernel.immediate) this.deliverToClient();
  }

  /** Let all frames of both directions arrive. */
  deliver(): void {
    this.deliverToKernel();
    this.deliverToClient();
  }

  deliverToKernel(): void {
    for (let next = this.#inbox.shift(); next; next = this.#inbox.shift()) {
      if (this.#isOpen) this.#kernel.receive(this, next);
    }
  }

  deliverToClient(): void {
    for (let next = this.#outbox.shift(); next; next = this.#outbox.shift()) {
      if (this.#isOpen) this.onmessage?.({ data: JSON.stringify(next) });
    }
  }

  /** Break the connection; frames under way are lost. */
  drop(code = 1006, reason = ""): void {
    this.#isOpen = false;
    this.#inbox.length = 0;
    this.#outbox.length = 0;
    this.onclose?.({ code, reason });
  }
}

export class FakeKernel {
  /** Whether frames arrive at once; when not, the test calls `deliver`. */
  immediate = true;
  /** How many TRIGGERs and SETs really ran, by request id. */
  readonly runs = new Map<string, number>();
  readonly connections: FakeConnection[] = [];
  greeting: Connected = {
    type: "CONNECTED",
    sessionId: "session",
    protocol: "nexus.v1",
    catalogueHash: CATALOGUE_HASH,
    limits: { frameBytes: 1 << 20, subscriptions: 100, pendingRequests: 64 },
  };
  readonly #panels = new Map<string, Panel>();
  readonly #tools: Readonly<Record<string, ToolHandler>>;
  readonly #answers = new Map<string, Promise<Result>>();

  constructor(tools: Readonly<Record<string, ToolHandler>> = {}) {
    this.#tools = tools;
  }

  /** Use as `createSocket` of a client. */
  readonly createSocket = (): FakeConnection => {
    const connection = new FakeConnection(this);
    this.connections.push(connection);
    queueMicrotask(() => connection.push(this.greeting));
    return connection;
  };

  /** The newest connection. */
  get connection(): FakeConnection {
    const newest = this.connections.at(-1);
    if (!newest) throw new Error("nobody has connected");
    return newest;
  }

  addPanel(panelId: string, ast: PanelAst, state: JsonObject): void {
    this.#panels.set(panelId, { ast, sourceHash: `${panelId}-1`, state, rev: 0, log: [] });
  }

  state(panelId: string): JsonObject {
    return this.#panel(panelId).state;
  }

  rev(panelId: string): number {
    return this.#panel(panelId).rev;
  }

  /** Change a panel and tell every subscriber. */
  commit(panelId: string, ...ops: PatchOp[]): Patch {
    const panel = this.#panel(panelId);
    panel.state = applyPatch(panel.state, ops);
    panel.rev += 1;
    const patch: Patch = {
      type: "PATCH",
      panelId,
      rev: panel.rev,
      ops,
    };
    panel.log.push(patch);
    for (const connection of this.connections) {
      if (connection.isOpen && connection.subscribed.has(panelId)) connection.push(patch);
    }
    return patch;
  }

  receive(connection: FakeConnection, message: ClientMessage): void {
    switch (message.type) {
      case "SUBSCRIBE":
        return this.#subscribe(connection, message);
      case "UNSUBSCRIBE":
        return void connection.subscribed.delete(message.panelId);
      case "PING":
        return connection.push({ type: "PONG" });
      case "CANCEL":
        return; // Its tools end in the same step.
      case "SET":
      case "TRIGGER":
        return void this.#answer(connection, message);
    }
  }

  #subscribe(connection: FakeConnection, { panelId, sinceRev, sourceHash }: Subscribe): void {
    const panel = this.#panels.get(panelId);
    if (!panel) {
      return connection.push({
        type: "ERROR",
        code: "NOT_FOUND",
        message: `no panel ${panelId}`,
        panelId,
      });
    }
    connection.subscribed.add(panelId);
    if (typeof sinceRev === "number" && sourceHash === panel.sourceHash && sinceRev <= panel.rev) {
      for (const patch of panel.log.slice(sinceRev)) connection.push(patch);
      return;
    }
    const { ast, state, rev } = panel;
    connection.push({ type: "PANEL", panelId, sourceHash: panel.sourceHash, ast, state, rev });
  }

  async #answer(connection: FakeConnection, request: SetMessage | Trigger): Promise<void> {
    const answer = this.#answers.get(request.requestId) ?? this.#run(request);
    this.#answers.set(request.requestId, answer);
    const result = await answer;
    if (connection.isOpen) connection.push(result);
  }

  async #run(request: SetMessage | Trigger): Promise<Result> {
    const { requestId, panelId } = request;
    this.runs.set(requestId, (this.runs.get(requestId) ?? 0) + 1);
    const base = { type: "RESULT", requestId, panelId } as const;
    let result: Result;
    try {
      const made =
        request.type === "SET"
          ? [write(this.#place(request), request.value ?? null)]
          : this.#tools[request.tool]?.(request.args, this.state(panelId));
      // A tool that does not wait is one atomic segment.
      const ops = made instanceof Promise ? await made : made;
      if (ops?.length) this.commit(panelId, ...ops);
      result = { ...base, ok: true, rev: this.rev(panelId) };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      result = {
        ...base,
        ok: false,
        error: { code: error instanceof RowGone ? "CONFLICT" : "EXECUTION_ERROR", message },
        rev: this.rev(panelId),
      };
    }
    return result;
  }

  /** Where the place of a write is by now. */
  #place({ panelId, path, rev }: SetMessage): string {
    const { log, state } = this.#panel(panelId);
    const since = log.slice(rev ?? log.length).flatMap(({ ops }) => ops);
    const place = since.length > 0 ? rebasePointer(path, since, state) : path;
    if (place === null) throw new RowGone(`the row of ${path} is gone`);
    return place;
  }

  #panel(panelId: string): Panel {
    const panel = this.#panels.get(panelId);
    if (!panel) throw new Error(`no panel ${panelId}`);
    return panel;
  }
}

class RowGone extends Error {}

function write(path: string, value: Json): PatchOp {
  const inList = /\/\d+$/.test(path);
  return { op: inList ? "replace" : "add", path, value };
}
