/**
 * What the workspace is called, its branch, and which panels are in it. The kernel owns them; this
 * is the studio's copy, fetched again when a person comes back to the window, when the connection
 * does, when another branch is checked out, and after every change made here.
 */
import type { Api } from "../api/client.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import type { NewPanel, PanelSummary, Workspace } from "../api/wire.ts";
import { createStore, type Readable } from "../app/store.ts";

export interface DirectoryState {
  /** `failed` only while nothing could ever be fetched: an old list beats none. */
  readonly phase: "loading" | "ready" | "failed";
  readonly workspace: Workspace | null;
  readonly panels: readonly PanelSummary[];
  readonly error: ApiError | null;
}

export interface Directory extends Readable<DirectoryState> {
  refresh(): Promise<void>;
  create(panel: NewPanel): Promise<PanelSummary>;
  remove(id: string): Promise<void>;
}

export function createDirectory(api: Api): Directory {
  const store = createStore<DirectoryState>({ phase: "loading", workspace: null, panels: [], error: null });

  async function refresh(): Promise<void> {
    const before = store.get();
    try {
      const [workspace, panels] = await Promise.all([api.readWorkspace(), api.listPanels()]);
      store.set({ phase: "ready", workspace, panels: panels.toSorted(byTitle), error: null });
    } catch (thrown) {
      const phase = before.phase === "ready" ? "ready" : "failed";
      store.set({ ...before, phase, error: asApiError(thrown) });
    }
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
    async remove(id) {
      await api.deletePanel(id);
      await refresh();
    },
  };
}

/** What a panel is called: its title, else its id. */
export const titleOf = (panel: Pick<PanelSummary, "id" | "title">): string => panel.title || panel.id;

const byTitle = (one: PanelSummary, other: PanelSummary): number =>
  titleOf(one).localeCompare(titleOf(other), undefined, { numeric: true });
