/**
 * The workspaces that somebody is in, which of them an address means, and which was last used.
 */
import type { AccountsApi, Role } from "../api/accounts.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import type { Workspace } from "../api/wire.ts";
import { idFor } from "../app/names.ts";
import { cameFromWithin, DEFAULT_WORKSPACE, workspaceOf } from "../app/router.ts";
import { createStore, type Readable } from "../app/store.ts";
import { keep, kept } from "../design/keep.ts";

const LAST = "nexus.workspace";

export type WorkspacesState =
  | { readonly phase: "loading" }
  | { readonly phase: "failed"; readonly error: ApiError }
  | { readonly phase: "ready"; readonly items: readonly OwnWorkspace[] };

/** A workspace, and what one is in it. */
export interface OwnWorkspace extends Workspace {
  readonly role: Role;
}

export interface Workspaces extends Readable<WorkspacesState> {
  load(): Promise<void>;
  create(title: string): Promise<Workspace>;
  forget(): void;
}

export function createWorkspaces(api: AccountsApi): Workspaces {
  const store = createStore<WorkspacesState>({ phase: "loading" });

  async function load(): Promise<void> {
    try {
      const [all, me] = await Promise.all([api.listWorkspaces(), api.readMe()]);
      const roles = new Map(me.workspaces.map(({ workspace, role }) => [workspace, role]));
      // Where nobody signs in, everybody owns everything.
      const usual = me.user.id === undefined ? "owner" : "viewer";
      const items = all.map((each) => ({ ...each, role: roles.get(each.id) ?? usual }) as const);
      store.set({ phase: "ready", items: items.toSorted(byTitle) });
    } catch (thrown) {
      if (store.get().phase !== "ready") store.set({ phase: "failed", error: asApiError(thrown) });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    load,
    forget: () => store.set({ phase: "loading" }),
    async create(title) {
      const state = store.get();
      const taken = state.phase === "ready" ? state.items.map(({ id }) => id) : [];
      const made = await createFree(api, title, new Set(taken));
      await load();
      return made;
    },
  };
}

/** Make a workspace called after its title; an id may be taken by people whom one cannot see. */
async function createFree(api: AccountsApi, title: string, taken: ReadonlySet<string>): Promise<Workspace> {
  const id = idFor(title, taken, "workspace");
  try {
    return await api.createWorkspace(id, title);
  } catch (thrown) {
    if (asApiError(thrown).code !== "CONFLICT") throw thrown;
    return api.createWorkspace(`${id}-${crypto.randomUUID().slice(0, 8)}`, title);
  }
}

/** Which workspace a path is in, of those that are there; null when there is none. */
export function workspaceAt(
  path: string,
  items: readonly Pick<Workspace, "id">[],
  // Who moves about in the studio means what the address says.
  last: string | null = cameFromWithin() ? null : kept(LAST),
): string | null {
  const named = workspaceOf(path);
  if (named !== null) return named;
  const ids = items.map(({ id }) => id);
  if (path === "/" && last !== null && ids.includes(last)) return last;
  return ids.includes(DEFAULT_WORKSPACE) ? DEFAULT_WORKSPACE : (ids[0] ?? null);
}

/** Where the next visit begins. */
export const rememberWorkspace = (id: string): void => keep(LAST, id);

export const workspaceTitle = ({ title, id }: Workspace): string => title || id;

const byTitle = (one: Workspace, other: Workspace): number =>
  workspaceTitle(one).localeCompare(workspaceTitle(other), undefined, { numeric: true });
