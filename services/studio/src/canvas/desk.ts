/**
 * A canvas that is kept: in this browser, and with the kernel for whoever signs in, so that it is
 * there in another browser too. What the kernel has comes late, and what was done until then is done
 * to it again. The last who saves wins.
 */
import { createStore, type Readable } from "../app/store.ts";
import { type Layout, read, write } from "./layout.ts";

export type LayoutChange = (layout: Layout) => Layout;

/** Where a layout is kept for its person, beyond this browser. */
export interface DeskApi {
  /** Null before the first time. */
  load(): Promise<Layout | null>;
  save(layout: Layout): Promise<void>;
}

/** Where it is kept in this browser, as a text. */
export interface Drawer {
  get(): string | null;
  set(text: string | null): void;
}

export interface Desk extends Readable<Layout> {
  change(change: LayoutChange): void;
  /** Bring the kernel's layout here. */
  open(): Promise<void>;
  /** Save at once what waits to be saved. */
  flush(): Promise<void>;
}

const QUIET_MS = 500;

/** `api` is null where nobody signs in. */
export function createDesk(drawer: Drawer, api: DeskApi | null): Desk {
  const store = createStore<Layout>(read(drawer.get()));
  let early: LayoutChange[] | null = api === null ? null : [];
  let timer: ReturnType<typeof setTimeout> | undefined;

  const put = (layout: Layout): void => {
    store.set(layout);
    drawer.set(layout.length === 0 ? null : write(layout));
  };
  const saveSoon = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void flush(), QUIET_MS);
  };
  const flush = async (): Promise<void> => {
    if (timer === undefined) return;
    clearTimeout(timer);
    timer = undefined;
    // Out of reach it stays in this browser, and goes with the next change.
    await api?.save(store.get()).catch(() => undefined);
  };
  return {
    get: store.get,
    subscribe: store.subscribe,
    flush,
    change(change) {
      const before = store.get();
      put(change(before));
      if (store.get() === before || api === null) return;
      if (early === null) saveSoon();
      else early.push(change);
    },
    async open() {
      const kept = await api?.load().catch(() => undefined);
      if (kept === undefined || early === null) return;
      const changes = early;
      early = null;
      if (kept !== null) put(changes.reduce((layout, change) => change(layout), kept));
      const isNew = kept === null && store.get().length > 0;
      if (isNew || changes.length > 0) saveSoon();
    },
  };
}
