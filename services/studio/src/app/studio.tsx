/**
 * What the whole studio shares, made once: the kernel's two doors, the panels, the drafts, which
 * dialog is open. Views reach it with `useStudio`.
 */
import { NexusClient } from "nexus-renderer";
import { createContext, type ReactNode, useContext } from "react";

import { type Api, createApi } from "../api/client.ts";
import { createDirectory, type Directory } from "../panels/directory.ts";
import { createDrafts, type Drafts } from "../source/drafts.ts";
import { createStore, type Store } from "./store.ts";

export type OpenDialog =
  | { readonly kind: "none" | "palette" | "help" | "new" | "menu" }
  | { readonly kind: "delete"; readonly panelId: string };

export interface Studio {
  readonly api: Api;
  readonly client: NexusClient;
  readonly directory: Directory;
  readonly drafts: Drafts;
  readonly dialog: Store<OpenDialog>;
}

export const NO_DIALOG: OpenDialog = { kind: "none" };

export function createStudio(workspaceId: string): Studio {
  const api = createApi(workspaceId);
  return {
    api,
    client: new NexusClient({ workspaceId }),
    directory: createDirectory(api),
    drafts: createDrafts(api),
    dialog: createStore<OpenDialog>(NO_DIALOG),
  };
}

const StudioContext = createContext<Studio | null>(null);

export function StudioProvider({ studio, children }: { studio: Studio; children: ReactNode }) {
  return <StudioContext value={studio}>{children}</StudioContext>;
}

export function useStudio(): Studio {
  const studio = useContext(StudioContext);
  if (studio === null) throw new Error("useStudio needs a StudioProvider above it");
  return studio;
}
