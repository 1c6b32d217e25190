/**
 * What one workspace's pages share, made once: the kernel's two doors, the panels, the drafts,
 * which dialog is open. Views reach it with `useStudio`, and who is here with `useHouse`.
 */
import { type EventSource, NexusClient } from "nexus-renderer";
import { createContext, useContext } from "react";

import type { Session } from "../account/session.ts";
import { ticketSockets } from "../account/ticketSocket.ts";
import { createWorkspaces, type Workspaces } from "../account/workspaces.ts";
import { type AccountsApi, createAccountsApi } from "../api/accounts.ts";
import { type Api, createApi } from "../api/client.ts";
import type { Branch, Span } from "../api/wire.ts";
import { announcementsOf } from "../history/announcements.ts";
import { createDirectory, type Directory } from "../panels/directory.ts";
import { createDrafts, type Drafts } from "../source/drafts.ts";
import { NO_TOUR, type TourState } from "../tour/tour.ts";
import { createStore, type Store } from "./store.ts";

export type OpenDialog =
  | { readonly kind: "none" | "palette" | "help" | "new" | "menu" | "workspace" | "leave" | "branch" }
  | { readonly kind: "delete" | "rename" | "duplicate"; readonly panelId: string }
  | { readonly kind: "switch" | "merge"; readonly branch: string }
  | { readonly kind: "unbranch"; readonly branch: Branch };

export interface Studio {
  readonly workspaceId: string;
  readonly api: Api;
  readonly client: NexusClient;
  /** What is told in passing, wherever one is. */
  readonly announcements: EventSource;
  readonly directory: Directory;
  readonly drafts: Drafts;
  readonly dialog: Store<OpenDialog>;
  /** How often branches or commits were changed here. */
  readonly history: Store<number>;
  /** A place in a source that is to be shown when that source is open. */
  readonly place: Store<SourcePlace | null>;
  /** A panel on its way to the canvas. */
  readonly arriving: Store<string | null>;
  readonly tour: Store<TourState>;
}

export interface SourcePlace {
  readonly panelId: string;
  readonly loc: Span;
}

export const NO_DIALOG: OpenDialog = { kind: "none" };

/** What is the same in all workspaces, and the studio of each that was opened. */
export interface House {
  readonly session: Session;
  readonly accounts: AccountsApi;
  readonly workspaces: Workspaces;
  /** The studio of a workspace; the same one each time, so that drafts survive a look elsewhere. */
  studio(workspaceId: string): Studio;
  anyUnsaved(): boolean;
}

export function createHouse(session: Session): House {
  const accounts = createAccountsApi(session.fetch);
  const workspaces = createWorkspaces(accounts);
  const studios = new Map<string, Studio>();
  session.subscribe(() => {
    if (session.get().phase !== "out") return;
    // Whoever comes next is not to find what the last one had.
    studios.clear();
    workspaces.forget();
  });
  return {
    session,
    accounts,
    workspaces,
    studio(workspaceId) {
      const known = studios.get(workspaceId) ?? createStudio(workspaceId, session);
      studios.set(workspaceId, known);
      return known;
    },
    anyUnsaved: () => [...studios.values()].some(({ drafts }) => drafts.anyUnsaved()),
  };
}

function createStudio(workspaceId: string, session: Session): Studio {
  const api = createApi(workspaceId, session.fetch);
  const client = new NexusClient({ workspaceId, createSocket: ticketSockets(session) });
  return {
    workspaceId,
    api,
    client,
    announcements: announcementsOf(client),
    directory: createDirectory(api),
    drafts: createDrafts(api),
    dialog: createStore<OpenDialog>(NO_DIALOG),
    history: createStore(0),
    place: createStore<SourcePlace | null>(null),
    arriving: createStore<string | null>(null),
    tour: createStore<TourState>(NO_TOUR),
  };
}

export const HouseContext = createContext<House | null>(null);
export const StudioContext = createContext<Studio | null>(null);

export function useHouse(): House {
  const house = useContext(HouseContext);
  if (house === null) throw new Error("useHouse needs a HouseContext above it");
  return house;
}

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error("useStudio needs a StudioContext above it");
  return studio;
}
