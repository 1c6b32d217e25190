/**
 * The panels of a workspace over REST: one function a request. It knows addresses and shapes;
 * when to ask and what to do with the answer is its callers' business.
 */
import { allPages, browserFetch, type Fetch, json, post, put, sender } from "./sender.ts";
import type { CheckReport, PanelSource, PanelSummary, Workspace } from "./wire.ts";

export interface Api {
  readWorkspace(): Promise<Workspace>;
  listPanels(): Promise<PanelSummary[]>;
  createPanel(id: string, source: string): Promise<PanelSummary>;
  readPanel(id: string): Promise<PanelSource>;
  /** Save a source over the version `sourceHash`; answers the new version's hash. */
  savePanel(id: string, source: string, sourceHash: string): Promise<string>;
  deletePanel(id: string): Promise<void>;
  check(source: string, signal: AbortSignal): Promise<CheckReport>;
}

/** Requests to the workspace `workspaceId` of the kernel that serves this page. */
export function createApi(workspaceId: string, fetch: Fetch = browserFetch): Api {
  const send = sender(fetch);
  const workspace = `/api/workspaces/${encodeURIComponent(workspaceId)}`;
  const panels = `${workspace}/panels`;
  const panel = (id: string) => `${panels}/${encodeURIComponent(id)}`;
  return {
    readWorkspace: () => json(send(workspace)),
    listPanels: () => allPages<PanelSummary>(send, panels),
    createPanel: (id, source) => json(send(panels, post({ id, source }))),
    readPanel: (id) => json(send(panel(id))),
    async savePanel(id, source, sourceHash) {
      const headers = { "If-Match": `"${sourceHash}"` };
      const saved = await json<PanelSource>(send(panel(id), { ...put({ source }), headers }));
      return saved.sourceHash;
    },
    async deletePanel(id) {
      await send(panel(id), { method: "DELETE" });
    },
    check: (source, signal) => json(send("/api/check", { ...post({ source }), signal })),
  };
}
