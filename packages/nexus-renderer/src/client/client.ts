/**
 * The client of a workspace: one socket, the panels on it, and the requests under way.
 *
 * Hands each message to its panel and says again after a break what the kernel may have missed.
 * No React in here.
 */
import type {
  BranchMessage,
  ErrorMessage,
  EventMessage,
  Presence,
  Result,
  ServerMessage,
} from "../generated/protocol";
import { type Codec, JSON_CODEC } from "./codec";
import { Connection, type ConnectionStatus } from "./connection";
import { Cell, type Readable, Signal } from "./observable";
import { Outbox, type Request } from "./outbox";
import { PanelStore } from "./panel-store";
import { browserSocket, type SocketFactory, socketUrl } from "./socket";

/** How long a panel that nobody looks at stays subscribed: a remount finds it there. */
const LINGER = 2_000;

export interface NexusClientOptions {
  readonly workspaceId: string;
  /** Where the kernel is, `http(s)://` or `ws(s)://`; the page's own host by default. */
  readonly url?: string;
  /** Makes the socket; the browser's WebSocket by default. */
  readonly createSocket?: SocketFactory;
  /** How frames are spelled; JSON by default. See `messagePack`. */
  readonly codec?: Codec;
}

/** A connection to one workspace of a kernel. */
export class NexusClient {
  readonly workspaceId: string;
  readonly #connection: Connection;
  readonly #outbox: Outbox;
  readonly #panels = new Map<string, PanelStore>();
  readonly #subscribed = new Set<string>();
  readonly #watched = new Set<string>();
  readonly #leaving = new Map<string, ReturnType<typeof setTimeout>>();
  readonly #events = new Signal<EventMessage>();
  readonly #branches = new Signal<BranchMessage>();
  readonly #presence = new Cell<Presence | null>(null);
  readonly #codec: Codec;
  #frameBytes = Number.POSITIVE_INFINITY;
  #curious = 0;

  constructor(options: NexusClientOptions) {
    this.workspaceId = options.workspaceId;
    this.#codec = options.codec ?? JSON_CODEC;
    this.#connection = new Connection(
      socketUrl(options.workspaceId, options.url),
      options.createSocket ?? browserSocket,
      this.#codec,
      {
        opened: ({ limits }) => this.#opened(limits.pendingRequests, limits.frameBytes),
        received: (message) => this.#received(message),
        lost: () => this.#lost(),
      },
    );
    this.#outbox = new Outbox((message) => this.#connection.send(message));
  }

  /** The state of the connection. */
  get status(): Readable<ConnectionStatus> {
    return this.#connection.status;
  }

  /** Connect, and reconnect whenever the connection breaks, until `close`. */
  connect(): void {
    this.#connection.connect();
  }

  /** Disconnect. Requests without an answer end as CANCELLED. */
  close(): void {
    this.#connection.close();
    for (const timer of this.#leaving.values()) clearTimeout(timer);
    this.#leaving.clear();
    this.#outbox.abandon((request) => failure(request, "CANCELLED", "the client was closed"));
  }

  /** The panel of an id; the same object each time. It is subscribed while somebody listens. */
  panel(panelId: string): PanelStore {
    const known = this.#panels.get(panelId);
    if (known) return known;
    const store = new PanelStore(panelId, {
      request: (request, settle) => this.#request(request, settle),
      cancel: (requestId) =>
        this.#outbox.cancel(requestId, (request) =>
          failure(request, "CANCELLED", "the request was cancelled before it was sent"),
        ),
      subscribe: (message) => this.#connection.isOpen && this.#connection.send(message),
      watched: (id, watched) => (watched ? this.#watch(id) : this.#unwatch(id)),
    });
    this.#panels.set(panelId, store);
    return store;
  }

  /** Hear of the events of all panels. */
  readonly onEvent = this.#events.listen;

  /** Hear that another branch of the workspace is checked out; its panels come by themselves. */
  readonly onBranch = this.#branches.listen;

  /** Who is in the workspace; asked for while somebody listens, null until it is known. */
  readonly presence: Readable<Presence | null> = {
    getSnapshot: () => this.#presence.getSnapshot(),
    subscribe: (listener) => {
      const stop = this.#presence.subscribe(listener);
      this.#curious += 1;
      if (this.#curious === 1) this.#askWho(true);
      let stopped = false;
      return () => {
        if (stopped) return;
        stopped = true;
        stop();
        this.#curious -= 1;
        if (this.#curious === 0) this.#askWho(false);
      };
    },
  };

  #askWho(follow: boolean): void {
    if (this.#connection.isOpen) this.#connection.send({ type: "WHO", follow });
  }

  // ---- subscriptions

  #watch(panelId: string): void {
    clearTimeout(this.#leaving.get(panelId));
    this.#leaving.delete(panelId);
    this.#watched.add(panelId);
    if (this.#connection.isOpen) this.#subscribe(panelId);
  }

  #unwatch(panelId: string): void {
    this.#watched.delete(panelId);
    this.#leaving.set(
      panelId,
      setTimeout(() => this.#leave(panelId), LINGER),
    );
  }

  #leave(panelId: string): void {
    this.#leaving.delete(panelId);
    if (!this.#subscribed.delete(panelId)) return;
    this.#connection.send({ type: "UNSUBSCRIBE", panelId });
    this.#panels.get(panelId)?.disconnected();
  }

  #subscribe(panelId: string): void {
    const store = this.#panels.get(panelId);
    if (!store || this.#subscribed.has(panelId)) return;
    this.#subscribed.add(panelId);
    this.#connection.send(store.subscription());
    store.resumed();
  }

  #subscribeAgain(panelId: string): void {
    if (this.#connection.isOpen && this.#watched.has(panelId)) this.#subscribe(panelId);
  }

  // ---- the connection

  #opened(pendingRequests: number, frameBytes: number): void {
    this.#frameBytes = frameBytes;
    for (const panelId of this.#watched) this.#subscribe(panelId);
    this.#outbox.open(pendingRequests);
    if (this.#curious > 0) this.#askWho(true);
  }

  #lost(): void {
    this.#subscribed.clear();
    this.#outbox.pause();
    this.#presence.set(null);
    for (const store of this.#panels.values()) store.disconnected();
  }

  #request(request: Request, settle: (result: Result) => void): void {
    const size = byteLength(this.#codec.encode(request));
    if (size > this.#frameBytes) {
      const message = `the request has ${size} bytes, the kernel takes ${this.#frameBytes}`;
      queueMicrotask(() => settle(failure(request, "PAYLOAD_TOO_LARGE", message)));
    } else this.#outbox.add(request, settle);
  }

  #received(message: ServerMessage): void {
    switch (message.type) {
      case "PANEL":
        return this.#panels.get(message.panelId)?.acceptPanel(message);
      case "PATCH":
        return this.#panels.get(message.panelId)?.acceptPatch(message);
      case "PROGRESS":
        return this.#panels.get(message.panelId)?.acceptProgress(message);
      case "RESULT":
        return void this.#outbox.settle(message);
      case "EVENT":
        this.#panels.get(message.panelId)?.acceptEvent(message);
        return this.#events.emit(message);
      case "VIEW":
        return this.#panels.get(message.panelId)?.acceptView(message);
      case "PRESENCE":
        return this.#presence.set(message);
      case "BRANCH":
        // What one branch lacks may be there again.
        for (const panelId of this.#watched) this.#subscribe(panelId);
        return this.#branches.emit(message);
      case "ERROR":
        return this.#failed(message);
      default:
        // A newer kernel may say more than this client knows.
        return;
    }
  }

  #failed(message: ErrorMessage): void {
    const { requestId, panelId, code } = message;
    const request = requestId ? this.#outbox.find(requestId) : undefined;
    const later = code === "UNAVAILABLE" || (code === "RESOURCE_LIMIT" && message.retryAfter);
    const seconds = message.retryAfter ?? 1;
    if (request && later && this.#outbox.postpone(request.requestId, seconds)) return;
    if (request) this.#outbox.settle(failure(request, code, message.message));
    else if (panelId) {
      // What could not be subscribed is asked for again when somebody looks again, or when it may
      // have become possible.
      this.#subscribed.delete(panelId);
      if (later) setTimeout(() => this.#subscribeAgain(panelId), seconds * 1000);
      this.#panels.get(panelId)?.acceptError(message);
    } else console.error(`nexus: ${code}: ${message.message}`);
  }
}

const byteLength = (frame: string | Uint8Array): number =>
  typeof frame === "string" ? new TextEncoder().encode(frame).length : frame.byteLength;

function failure(request: Request, code: ErrorMessage["code"], message: string): Result {
  return {
    type: "RESULT",
    requestId: request.requestId,
    panelId: request.panelId,
    ok: false,
    error: { code, message },
    rev: 0,
  };
}
