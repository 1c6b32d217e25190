/**
 * The kernel over REST: one function a request. It knows addresses, headers and how a failure
 * is told; when to ask and what to do with the answer is its callers' business.
 */
import { ApiError, errorOf } from "./errors.ts";
import type { CheckReport, Page, PanelSource, PanelSummary, Workspace } from "./wire.ts";

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

type Fetch = typeof globalThis.fetch;
type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** Requests to the workspace `workspaceId` of the kernel that serves this page. */
export function createApi(workspaceId: string, fetch: Fetch = globalThis.fetch.bind(globalThis)): Api {
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

function sender(fetch: Fetch): Send {
  return async (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    if (init.body != null) headers.set("Content-Type", "application/json");
    const response = await fetch(path, { ...init, headers }).catch((reason: unknown) => {
      if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
      throw new ApiError("UNREACHABLE", "Nexus cannot be reached.");
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  };
}

async function allPages<Item>(send: Send, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const query: string = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
    const page: Page<Item> = await json<Page<Item>>(send(path + query));
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

async function json<Body>(response: Promise<Response>): Promise<Body> {
  return (await response).json() as Promise<Body>;
}

const post = (body: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
const put = (body: unknown): RequestInit => ({ method: "PUT", body: JSON.stringify(body) });
