/** Something that is loaded when it is first needed: once, and after a failure when asked again. */
import { Cell, type Readable } from "../client/observable";

export type Loading<T> =
  | { readonly phase: "waiting" }
  | { readonly phase: "ready"; readonly value: T }
  | { readonly phase: "failed"; readonly error: string };

export const WAITING = { phase: "waiting" } as const;

export class Loadable<T> implements Readable<Loading<T>> {
  readonly #load: () => Promise<T>;
  readonly #state: Cell<Loading<T>>;
  readonly subscribe: (listener: () => void) => () => void;
  readonly getSnapshot: () => Loading<T>;
  #running = false;

  constructor(load: () => Promise<T>) {
    this.#load = load;
    this.#state = new Cell<Loading<T>>(WAITING);
    ({ subscribe: this.subscribe, getSnapshot: this.getSnapshot } = this.#state);
  }

  /** Load it, unless it is there, on its way, or has failed. */
  start(): void {
    if (!this.#running && this.getSnapshot().phase === "waiting") void this.#run();
  }

  /** Try again what has failed. */
  retry(): void {
    if (this.getSnapshot().phase !== "failed") return;
    this.#state.set(WAITING);
    this.start();
  }

  async #run(): Promise<void> {
    this.#running = true;
    try {
      this.#state.set({ phase: "ready", value: await this.#load() });
    } catch (error) {
      this.#state.set({
        phase: "failed",
        error: error instanceof Error ? error.message : String(error),
      });
    } finally {
      this.#running = false;
    }
  }
}
