/** Values that change and tell who listens: the two shapes that `useSyncExternalStore` needs. */

/** Something whose present value can be read and followed. */
export interface Readable<T> {
  /** Call `listener` after each change; returns how to stop it. */
  subscribe(listener: () => void): () => void;
  /** The present value; the same object until it changes. */
  getSnapshot(): T;
}

/** A set of listeners. */
export class Signal<T> {
  readonly #listeners = new Set<(value: T) => void>();

  get size(): number {
    return this.#listeners.size;
  }

  readonly listen = (listener: (value: T) => void): (() => void) => {
    // A wrapper of its own, so that one function may listen twice.
    const own = (value: T): void => listener(value);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  };

  emit(value: T): void {
    for (const listener of [...this.#listeners]) listener(value);
  }
}

/** A readable value with one writer. */
export class Cell<T> implements Readable<T> {
  readonly #changed = new Signal<void>();
  #value: T;

  constructor(value: T) {
    this.#value = value;
  }

  readonly subscribe = (listener: () => void): (() => void) => this.#changed.listen(listener);

  readonly getSnapshot = (): T => this.#value;

  set(value: T): void {
    if (Object.is(value, this.#value)) return;
    this.#value = value;
    this.#changed.emit();
  }
}
