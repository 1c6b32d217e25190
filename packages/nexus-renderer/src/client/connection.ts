/**
 * One connection to the kernel that comes back by itself.
 *
 * Knows sockets, the handshake, backoff and heartbeat. What is said over it, and what must be
 * said again after a break, is the client's business.
 */
import { CATALOGUE_HASH } from "../generated/catalogue";
import type { ClientMessage, Connected, ServerMessage } from "../generated/protocol";
import type { Codec } from "./codec";
import { Cell, type Readable } from "./observable";
import type { Socket, SocketFactory } from "./socket";

const FIRST_DELAY = 100;
const LONGEST_DELAY = 10_000;
const QUIET_BEFORE_PING = 15_000;
const WAIT_FOR_ANSWER = 10_000;
/** `idle` before connect, `waiting` between two attempts, `refused` when another cannot help. */
export type ConnectionPhase = "idle" | "connecting" | "open" | "waiting" | "closed" | "refused";

export interface ConnectionStatus {
  readonly phase: ConnectionPhase;
  /** Failed attempts since the connection was last open. */
  readonly attempts: number;
  /** Why the last attempt failed, for a person. */
  readonly error: string | null;
}

/** Who is told what happens on the connection. */
export interface ConnectionListener {
  opened(connected: Connected): void;
  received(message: ServerMessage): void;
  lost(): void;
}

const IDLE: ConnectionStatus = { phase: "idle", attempts: 0, error: null };

export class Connection {
  readonly #url: string;
  readonly #createSocket: SocketFactory;
  readonly #codec: Codec;
  readonly #listener: ConnectionListener;
  readonly #status = new Cell<ConnectionStatus>(IDLE);
  #socket: Socket | null = null;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #watch: ReturnType<typeof setTimeout> | undefined;

  constructor(
    url: string,
    createSocket: SocketFactory,
    codec: Codec,
    listener: ConnectionListener,
  ) {
    this.#url = url;
    this.#createSocket = createSocket;
    this.#codec = codec;
    this.#listener = listener;
  }

  get status(): Readable<ConnectionStatus> {
    return this.#status;
  }

  get isOpen(): boolean {
    return this.#status.getSnapshot().phase === "open";
  }

  /** Connect, and stay connected until `close`. */
  connect(): void {
    const { phase } = this.#status.getSnapshot();
    if (phase === "connecting" || phase === "open") return;
    globalThis.addEventListener?.("online", this.#hurry);
    this.#attempt();
  }

  close(): void {
    globalThis.removeEventListener?.("online", this.#hurry);
    this.#dropSocket();
    this.#status.set({ phase: "closed", attempts: 0, error: null });
    this.#listener.lost();
  }

  /** Send a message; only while open. */
  send(message: ClientMessage): void {
    this.#socket?.send(this.#codec.encode(message));
  }

  #attempt(): void {
    clearTimeout(this.#retry);
    const { attempts, error } = this.#status.getSnapshot();
    this.#status.set({ phase: "connecting", attempts, error });
    const socket = this.#createSocket(this.#url, this.#codec.protocol);
    this.#socket = socket;
    this.#restartWatch(() => this.#lose("the kernel does not answer"), WAIT_FOR_ANSWER);
    socket.onmessage = ({ data }) => this.#frame(data);
    socket.onclose = ({ reason }) => this.#lose(reason || "the connection to the kernel broke");
  }

  #frame(data: unknown): void {
    const message = this.#read(data);
    if (!message) return this.#lose("the kernel sent a frame that cannot be read");
    if (message.type === "CONNECTED") return this.#greet(message);
    this.#heartbeat();
    if (message.type !== "PONG") this.#listener.received(message);
  }

  #read(data: unknown): ServerMessage | null {
    try {
      const message = this.#codec.decode(data);
      const known = typeof message === "object" && message !== null && "type" in message;
      return known ? (message as ServerMessage) : null;
    } catch {
      return null;
    }
  }

  #greet(connected: Connected): void {
    const { protocol } = this.#codec;
    if (connected.protocol !== protocol) {
      return this.#refuse(`the kernel speaks ${connected.protocol}, this client ${protocol}`);
    }
    if (connected.catalogueHash !== CATALOGUE_HASH) {
      return this.#refuse(
        `the kernel's component catalogue (${connected.catalogueHash}) is not this renderer's ` +
          `(${CATALOGUE_HASH}): reload the page, or install versions that belong together`,
      );
    }
    this.#heartbeat();
    this.#status.set({ phase: "open", attempts: 0, error: null });
    this.#listener.opened(connected);
  }

  /** Whatever arrives shows that the kernel is there; after a silence it is asked. */
  #heartbeat(): void {
    this.#restartWatch(() => {
      this.send({ type: "PING" });
      this.#restartWatch(() => this.#lose("the kernel fell silent"), WAIT_FOR_ANSWER);
    }, QUIET_BEFORE_PING);
  }

  #restartWatch(action: () => void, delay: number): void {
    clearTimeout(this.#watch);
    this.#watch = setTimeout(action, delay);
  }

  #lose(error: string): void {
    this.#dropSocket();
    const attempts = this.#status.getSnapshot().attempts + 1;
    this.#status.set({ phase: "waiting", attempts, error });
    this.#retry = setTimeout(() => this.#attempt(), delayBefore(attempts));
    this.#listener.lost();
  }

  #refuse(error: string): void {
    this.#dropSocket();
    this.#status.set({ phase: "refused", attempts: 0, error });
    this.#listener.lost();
  }

  readonly #hurry = (): void => {
    if (this.#status.getSnapshot().phase === "waiting") this.#attempt();
  };

  #dropSocket(): void {
    clearTimeout(this.#retry);
    clearTimeout(this.#watch);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = null;
    socket.onclose = null;
    socket.close();
  }
}

/** 100 ms, doubling to 10 s, and up to half of it off so that clients do not return at once. */
function delayBefore(attempt: number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
  return full * (1 - Math.random() / 2);
}
