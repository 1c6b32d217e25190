/**
 * Where in the studio a person is: addresses to places and back, over the history API. An address
 * may begin with the workspace that it is in, `/w/acme`; what a bare one means is decided elsewhere.
 */
import { useSyncExternalStore } from "react";

/** What can stand beside a panel. */
export const PANES = ["source", "inspect", "design"] as const;
export type Pane = (typeof PANES)[number];

export type Place =
  | { readonly name: "home" | "canvas" | "history" | "account" | "members" | "invitation" }
  | { readonly name: "panel"; readonly id: string; readonly pane: Pane | null }
  | { readonly name: "missing"; readonly path: string };

/** The workspace whose addresses are the short ones. */
export const DEFAULT_WORKSPACE = "default";

const PREFIX = /^\/w\/([a-z0-9][a-z0-9-]{0,63})(?=\/|$)/;
const PANEL_PATH = /^\/panels\/([^/]+)(?:\/([a-z]+))?$/;
const PAGES: Readonly<Record<string, Place>> = {
  "/": { name: "home" },
  "/panels": { name: "home" },
  "/canvas": { name: "canvas" },
  "/history": { name: "history" },
  "/account": { name: "account" },
  "/members": { name: "members" },
  "/invitation": { name: "invitation" },
};

/** The workspace that a path names. */
export const workspaceOf = (path: string): string | null => PREFIX.exec(path)?.[1] ?? null;

/** The place that a path names, in whatever workspace. */
export function placeOf(path: string): Place {
  const inside = path.replace(PREFIX, "").replace(/(?<=.)\/+$/, "") || "/";
  const page = Object.hasOwn(PAGES, inside) ? PAGES[inside] : undefined;
  return page ?? panelAt(inside) ?? { name: "missing", path };
}

function panelAt(path: string): Place | null {
  const match = PANEL_PATH.exec(path);
  const id = match?.[1] === undefined ? null : decoded(match[1]);
  const pane = PANES.find((name) => name === match?.[2]) ?? null;
  if (match === null || id === null || (match[2] !== undefined && pane === null)) return null;
  return panelPlace(id, pane);
}

/** The path of a place: `placeOf(pathOf(place, workspace))` is the place again. */
export function pathOf(place: Place, workspace: string): string {
  if (place.name === "missing") return place.path;
  const prefix = workspace === DEFAULT_WORKSPACE ? "" : `/w/${workspace}`;
  switch (place.name) {
    case "home":
      return prefix || "/";
    case "panel":
      return `${prefix}/panels/${encodeURIComponent(place.id)}${place.pane === null ? "" : `/${place.pane}`}`;
    default:
      return `${prefix}/${place.name}`;
  }
}

/** A panel, with something beside it or alone. */
export const panelPlace = (id: string, pane: Pane | null = null): Place => ({ name: "panel", id, pane });

let hasMoved = false;

/** Whether a person came here from inside of the studio, not by an address. */
export const cameFromWithin = (): boolean => hasMoved;

interface Navigation {
  /** The present one is not kept for the back button. */
  readonly replace?: boolean;
  /** Go to another workspace than that of the present address. */
  readonly workspace?: string;
}

/** Go to a place. */
export function navigate(place: Place, { replace = false, workspace = presentWorkspace() }: Navigation = {}): void {
  const path = pathOf(place, workspace);
  if (path === location.pathname) return;
  hasMoved = true;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

/** The workspace of the present address. */
export const presentWorkspace = (): string => workspaceOf(location.pathname) ?? DEFAULT_WORKSPACE;

/** The path of the present place; the component draws again when it changes. */
export function usePath(): string {
  return useSyncExternalStore(subscribe, () => location.pathname);
}

function subscribe(listener: () => void): () => void {
  addEventListener("popstate", listener);
  return () => removeEventListener("popstate", listener);
}

function decoded(segment: string): string | null {
  try {
    return decodeURIComponent(segment);
  } catch {
    return null;
  }
}
