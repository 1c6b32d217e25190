/**
 * The panels of a workspace over REST: one function a request. It knows addresses and shapes;
 * when to ask and what to do with the answer is its callers' business.
 */
import { allPages, browserFetch, type Fetch, json, onePage, post, put, sender } from "./sender.ts";
import type {
  Branch,
  Change,
  CheckReport,
  Commit,
  Diagnostic,
  EditOperation,
  ExecutionEntry,
  NewPanel,
  Page,
  PanelSource,
  PanelState,
  PanelSummary,
  Replayed,
  Template,
  Workspace,
} from "./wire.ts";

export interface Api {
  readWorkspace(): Promise<Workspace>;
  listPanels(): Promise<PanelSummary[]>;
  createPanel(panel: NewPanel): Promise<PanelSummary>;
  listTemplates(): Promise<readonly Template[]>;
  readPanel(id: string): Promise<PanelSource>;
  /** Save a source over the version `sourceHash`; answers the new version's hash. */
  savePanel(id: string, source: string, sourceHash: string): Promise<string>;
  deletePanel(id: string): Promise<void>;
  check(source: string, signal: AbortSignal): Promise<CheckReport>;
  /** State and computed values, now or at an earlier revision. */
  readState(id: string, rev?: number): Promise<PanelState>;
  /** Changes of the state, newest first. */
  listChanges(id: string, cursor?: string): Promise<Page<Change>>;
  /** What ran, newest first. */
  listExecutions(id: string, cursor?: string): Promise<Page<ExecutionEntry>>;
  /** Run an execution again on its record; changes nothing. */
  replay(id: string, execution: string): Promise<Replayed>;
  cancel(id: string, execution: string): Promise<void>;
  /** Take back one change, all after a revision, or else the newest that somebody made. */
  undo(id: string, what: { readonly rev?: number; readonly to?: number }): Promise<void>;
  /** Take the newest undo back. */
  redo(id: string): Promise<void>;
  /** A node as it is in the stored source, for an edit to name. */
  readNode(id: string, address: string): Promise<{ readonly address: string; readonly hash: string }>;
  /** What a change of nodes in the version `sourceHash` would come to; nothing is stored. */
  checkEdits(
    id: string,
    operations: readonly EditOperation[],
    sourceHash: string,
    signal: AbortSignal,
  ): Promise<{ readonly source: string; readonly diagnostics: readonly Diagnostic[] }>;
  /** Change nodes in the stored source over the version `sourceHash`, all or none. */
  editPanel(id: string, operations: readonly EditOperation[], sourceHash: string): Promise<PanelSummary>;
  listBranches(): Promise<readonly Branch[]>;
  /** Make a branch where the one is that is checked out. */
  createBranch(name: string): Promise<void>;
  /** Have panels run from a branch; what was saved is committed to the one that is left. */
  switchBranch(name: string): Promise<void>;
  /** Bring what a branch has into the one that is checked out. */
  mergeBranch(name: string): Promise<void>;
  /** Delete a branch that is still at `head`. */
  deleteBranch(name: string, head: string): Promise<void>;
  /** What was committed to the branch that is checked out, newest first. */
  listCommits(cursor?: string): Promise<Page<Commit>>;
  /** The source in canonical layout; refused while it cannot be read. */
  format(source: string): Promise<string>;
  /** Where one's own windows stand on the canvas; without `savedAt` nothing was kept yet. */
  readLayout(): Promise<{ readonly windows: readonly unknown[]; readonly savedAt?: number }>;
  saveLayout(windows: readonly object[]): Promise<void>;
}

/** Requests to the workspace `workspaceId` of the kernel that serves this page. */
export function createApi(workspaceId: string, fetch: Fetch = browserFetch): Api {
  const send = sender(fetch);
  const workspace = `/api/workspaces/${encodeURIComponent(workspaceId)}`;
  const panels = `${workspace}/panels`;
  const panel = (id: string) => `${panels}/${encodeURIComponent(id)}`;
  const branches = `${workspace}/branches`;
  return {
    readWorkspace: () => json(send(workspace)),
    listPanels: () => allPages<PanelSummary>(send, panels),
    createPanel: (made) => json(send(panels, post(made))),
    listTemplates: () => allPages<Template>(send, "/api/templates"),
    readPanel: (id) => json(send(panel(id))),
    async savePanel(id, source, sourceHash) {
      const headers = { "If-Match": `"${sourceHash}"` };
      const saved = await json<PanelSource>(send(panel(id), { ...put({ source }), headers }));
      return saved.sourceHash;
    },
    async deletePanel(id) {
      await send(panel(id), { method: "DELETE" });
    },
    readState: (id, rev) => json(send(`${panel(id)}/state${rev === undefined ? "" : `?rev=${rev}`}`)),
    listChanges: (id, cursor) => onePage(send, `${panel(id)}/log`, cursor),
    listExecutions: (id, cursor) => onePage(send, `${panel(id)}/executions`, cursor),
    replay: (id, execution) =>
      json(send(`${panel(id)}/executions/${encodeURIComponent(execution)}/replay`, post({}))),
    async cancel(id, execution) {
      await send(`${panel(id)}/executions/${encodeURIComponent(execution)}/cancel`, { method: "POST" });
    },
    async undo(id, what) {
      await send(`${panel(id)}/undo`, post(what));
    },
    readNode: (id, address) => json(send(`${panel(id)}/node?address=${encodeURIComponent(address)}`)),
    checkEdits: (id, operations, sourceHash, signal) =>
      json(send(`${panel(id)}/edits/check`, { ...over(sourceHash, { operations }), signal })),
    editPanel: (id, operations, sourceHash) => json(send(`${panel(id)}/edits`, over(sourceHash, { operations }))),
    async redo(id) {
      await send(`${panel(id)}/redo`, { method: "POST" });
    },
    listBranches: () => allPages<Branch>(send, branches),
    async createBranch(name) {
      await send(branches, post({ name }));
    },
    async switchBranch(branch) {
      await send(`${branches}/switch`, post({ branch }));
    },
    async mergeBranch(branch) {
      await send(`${branches}/merge`, post({ branch }));
    },
    async deleteBranch(name, head) {
      const headers = { "If-Match": `"${head}"` };
      await send(`${branches}?name=${encodeURIComponent(name)}`, { method: "DELETE", headers });
    },
    listCommits: (cursor) => onePage(send, `${workspace}/history`, cursor),
    readLayout: () => json(send(`${workspace}/layout`)),
    async saveLayout(windows) {
      // Left to the browser to finish when the page goes meanwhile.
      await send(`${workspace}/layout`, { ...put({ windows }), keepalive: true });
    },
    format: async (source) =>
      (await json<{ readonly source: string }>(send("/api/format", post({ source })))).source,
    check: (source, signal) => json(send("/api/check", { ...post({ source }), signal })),
  };
}

/** A request that holds of one version only. */
function over(sourceHash: string, body: object): RequestInit {
  const { headers, ...request } = post(body);
  return { ...request, headers: { ...headers, "If-Match": `"${sourceHash}"` } };
}
