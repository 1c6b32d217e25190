/**
 * What the workspace is called, its branch, and which panels are in it. The kernel owns them; this
 * is the studio's copy, fetched again when a person comes back to the window, when the connection
 * does, when another branch is checked out, and after every change made here. It keeps the panel that
 * was deleted here last, so that it can be brought back.
 */
import type { Api } from "../api/client.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import type { Json, NewPanel, PanelSummary, Workspace } from "../api/wire.ts";
import { createStore, type Readable } from "../app/store.ts";

export interface DirectoryState {
  /** `failed` only while nothing could ever be fetched: an old list beats none. */
  readonly phase: "loading" | "ready" | "failed";
  readonly workspace: Workspace | null;
  readonly panels: readonly PanelSummary[];
  readonly error: ApiError | null;
  /** What was deleted here last, and can be brought back. */
  readonly deleted: DeletedPanel | null;
}

/** A panel as it was when it was deleted. */
export interface DeletedPanel {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly state: Readonly<Record<string, Json>>;
}

export interface Directory extends Readable<DirectoryState> {
  refresh(): Promise<void>;
  create(panel: NewPanel): Promise<PanelSummary>;
  /** Give a panel another title, in its source. */
  rename(id: string, title: string): Promise<void>;
  /** Make a panel as another one is, with a title of its own. */
  duplicate(copy: { readonly of: string; readonly id: string; readonly title: string; readonly withState: boolean }): Promise<void>;
  remove(id: string): Promise<void>;
  /** Make the panel that was deleted last again, with the state that it had. */
  bringBack(): Promise<void>;
  /** Let go of the panel that was deleted last. */
  letGo(): void;
}

export function createDirectory(api: Api): Directory {
  const store = createStore<DirectoryState>({ phase: "loading", workspace: null, panels: [], error: null, deleted: null });

  let latest = Promise.resolve();

  /** Fetch anew. An answer that a later question overtook tells of an earlier time, and is not taken. */
  function refresh(): Promise<void> {
    const mine: Promise<void> = fetched().then((found) =>
      mine === latest ? store.set({ ...store.get(), ...found }) : latest,
    );
    latest = mine;
    return mine;
  }

  async function fetched(): Promise<Partial<DirectoryState>> {
    try {
      const [workspace, panels] = await Promise.all([api.readWorkspace(), api.listPanels()]);
      return { phase: "ready", workspace, panels: panels.toSorted(byTitle), error: null };
    } catch (thrown) {
      const isThere = store.get().phase === "ready";
      return { phase: isThere ? "ready" : "failed", error: asApiError(thrown) };
    }
  }

  async function entitle(id: string, title: string): Promise<void> {
    const [{ sourceHash }, { address, hash }] = await Promise.all([api.readPanel(id), api.readNode(id, "NexusPanel")]);
    const value = { kind: "literal", value: title } as const;
    await api.editPanel(id, [{ type: "Set", address, hash, name: "title", value }], sourceHash);
  }

  async function asItIs(id: string): Promise<DeletedPanel> {
    const [{ source }, { state }] = await Promise.all([api.readPanel(id), api.readState(id)]);
    const panel = store.get().panels.find((each) => each.id === id);
    return { id, title: panel === undefined ? id : titleOf(panel), source, state };
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    refresh,
    async create(panel) {
      const made = await api.createPanel(panel);
      await refresh();
      return made;
    },
    async rename(id, title) {
      await entitle(id, title);
      await refresh();
    },
    async duplicate({ of, id, title, withState }) {
      await api.createPanel({ id, copyOf: of, withState });
      // It is there by now, whatever becomes of its title.
      await entitle(id, title).finally(refresh);
    },
    async remove(id) {
      // One that cannot be read can be deleted all the same.
      const deleted = await asItIs(id).catch(() => null);
      await api.deletePanel(id);
      store.set({ ...store.get(), deleted });
      await refresh();
    },
    async bringBack() {
      const { deleted } = store.get();
      if (deleted === null) return;
      const { id, source, state } = deleted;
      await api.createPanel({ id, source, state });
      store.set({ ...store.get(), deleted: null });
      await refresh();
    },
    letGo: () => store.set({ ...store.get(), deleted: null }),
  };
}

/** What a panel is called: its title, else its id. */
export const titleOf = (panel: Pick<PanelSummary, "id" | "title">): string => panel.title || panel.id;

const byTitle = (one: PanelSummary, other: PanelSummary): number =>
  titleOf(one).localeCompare(titleOf(other), undefined, { numeric: true });
