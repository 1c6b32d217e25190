/** What has come of a panel that is still being written, new at most once a frame. */
import { Cell, type Readable } from "../client/observable";
import type { PanelAst, StreamEvent } from "../generated/protocol";
import { Fold } from "./fold";

export interface SoFar {
  readonly ast: PanelAst | null;
  /** Whether nothing more comes. */
  readonly ended: boolean;
  /** What the events threw, where they did. */
  readonly error?: unknown;
}

/** Reads events, once, while somebody listens. */
export class Written implements Readable<SoFar> {
  readonly #events: AsyncIterable<StreamEvent>;
  readonly #fold = new Fold();
  readonly #soFar = new Cell<SoFar>({ ast: null, ended: false });
  #listeners = 0;
  #begun = false;
  #frame = 0;

  constructor(events: AsyncIterable<StreamEvent>) {
    this.#events = events;
  }

  readonly getSnapshot = this.#soFar.getSnapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    const stop = this.#soFar.subscribe(listener);
    this.#listeners += 1;
    if (!this.#begun) {
      this.#begun = true;
      void this.#read();
    }
    return () => {
      stop();
      this.#listeners -= 1;
    };
  };

  async #read(): Promise<void> {
    let error: unknown;
    try {
      for await (const event of this.#events) {
        // Looked at here, so that who listens anew at once, as React does, misses nothing.
        if (!this.#listeners) return;
        this.#fold.add(event);
        this.#frame ||= requestAnimationFrame(this.#draw);
      }
    } catch (thrown) {
      error = thrown ?? new Error("The panel is not whole.");
    } finally {
      cancelAnimationFrame(this.#frame);
    }
    this.#soFar.set({ ast: this.#fold.tree(), ended: true, error });
  }

  readonly #draw = (): void => {
    this.#frame = 0;
    this.#soFar.set({ ast: this.#fold.tree(), ended: false });
  };
}
