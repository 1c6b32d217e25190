/**
 * Requests that the kernel has not answered yet, in the order they were made.
 *
 * They go out in that order, no more at a time than the kernel takes, and all again with the same
 * ids after a break: the id makes a repetition run once.
 */
import type { Cancel, Redo, Result, SetMessage, Trigger, Undo } from "../generated/protocol";

export type Request = Trigger | SetMessage | Undo | Redo;

/** How often a request is made again that the kernel could not take in. */
const TRIES = 5;

interface Entry {
  readonly request: Request;
  readonly settle: (result: Result) => void;
  sent: boolean;
  /** It went out at least once, so that it may run. */
  tried: boolean;
  cancelled: boolean;
  /** How often the kernel could not take it in. */
  refused: number;
}

export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #send: (message: Request | Cancel) => void;
  readonly #waits = new Set<ReturnType<typeof setTimeout>>();
  #room = 0;

  constructor(send: (message: Request | Cancel) => void) {
    this.#send = send;
  }

  /** Make a request; `settle` hears its end. */
  add(request: Request, settle: (result: Result) => void): void {
    const entry = { request, settle, sent: false, tried: false, cancelled: false, refused: 0 };
    this.#entries.set(request.requestId, entry);
    this.#flush();
  }

  /** Ask for a request to be ended; its RESULT tells what became of it. */
  cancel(requestId: string, fail: (request: Request) => Result): void {
    const entry = this.#entries.get(requestId);
    if (!entry || entry.cancelled) return;
    entry.cancelled = true;
    if (!entry.tried) this.settle(fail(entry.request));
    else if (entry.sent) this.#send(cancelOf(entry.request));
  }

  /** The connection is there and takes so many unanswered requests: send all of them (again). */
  open(room: number): void {
    for (const entry of this.#entries.values()) entry.sent = false;
    this.#room = room;
    this.#flush();
  }

  /** The connection is gone; what was sent counts as unanswered. */
  pause(): void {
    this.#room = 0;
  }

  /** Hand a result to whoever asked; `false` when nobody did. */
  settle(result: Result): boolean {
    const entry = this.#entries.get(result.requestId);
    if (!entry) return false;
    this.#entries.delete(result.requestId);
    entry.settle(result);
    this.#flush();
    return true;
  }

  /**
   * The kernel could not take a request in: make it again in some seconds. Its id makes that
   * harmless. `false` when it has been tried often enough.
   */
  postpone(requestId: string, seconds: number): boolean {
    const entry = this.#entries.get(requestId);
    if (!entry || entry.refused >= TRIES) return false;
    entry.refused += 1;
    const wait = setTimeout(() => {
      this.#waits.delete(wait);
      entry.sent = false;
      this.#flush();
    }, seconds * 1000);
    this.#waits.add(wait);
    return true;
  }

  /** The request of an id, if it is still unanswered. */
  find(requestId: string): Request | undefined {
    return this.#entries.get(requestId)?.request;
  }

  /** End every request with a failure. */
  abandon(fail: (request: Request) => Result): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const wait of this.#waits) clearTimeout(wait);
    this.#waits.clear();
    for (const entry of entries) entry.settle(fail(entry.request));
  }

  #flush(): void {
    let underWay = [...this.#entries.values()].filter((entry) => entry.sent).length;
    for (const entry of this.#entries.values()) {
      if (underWay >= this.#room) return;
      if (entry.sent) continue;
      entry.sent = entry.tried = true;
      underWay += 1;
      this.#send(entry.request);
      if (entry.cancelled) this.#send(cancelOf(entry.request));
    }
  }
}

function cancelOf({ requestId, panelId }: Request): Cancel {
  return { type: "CANCEL", requestId, panelId };
}
