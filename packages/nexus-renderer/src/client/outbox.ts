/**
 * Requests that the kernel has not answered yet, in the order they were made.
 *
 * They go out in that order, no more at a time than the kernel takes, and all again with the same
 * ids after a break: the id makes a repetition run once.
 */
import type { Result, SetMessage, Trigger } from "../generated/protocol";

export type Request = Trigger | SetMessage;

interface Entry {
  readonly request: Request;
  readonly settle: (result: Result) => void;
  sent: boolean;
}

export class Outbox {
  readonly #entries = new Map<string, Entry>();
  readonly #send: (request: Request) => void;
  #room = 0;

  constructor(send: (request: Request) => void) {
    this.#send = send;
  }

  /** Make a request; `settle` hears its end. */
  add(request: Request, settle: (result: Result) => void): void {
    this.#entries.set(request.requestId, { request, settle, sent: false });
    this.#flush();
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

  /** The request of an id, if it is still unanswered. */
  find(requestId: string): Request | undefined {
    return this.#entries.get(requestId)?.request;
  }

  /** End every request with a failure. */
  abandon(fail: (request: Request) => Result): void {
    const entries = [...this.#entries.values()];
    this.#entries.clear();
    for (const entry of entries) entry.settle(fail(entry.request));
  }

  #flush(): void {
    let underWay = [...this.#entries.values()].filter((entry) => entry.sent).length;
    for (const entry of this.#entries.values()) {
      if (underWay >= this.#room) return;
      if (entry.sent) continue;
      entry.sent = true;
      underWay += 1;
      this.#send(entry.request);
    }
  }
}
