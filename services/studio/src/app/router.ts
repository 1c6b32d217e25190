/**
 * Where in the studio a person is: addresses to places and back, over the history API.
 */
import { useSyncExternalStore } from "react";

export type Place =
  | { readonly name: "home" }
  | { readonly name: "panel"; readonly id: string; readonly source: boolean }
  | { readonly name: "missing"; readonly path: string };

const PANEL_PATH = /^\/panels\/([^/]+)(\/source)?$/;

/** The place that a path names. */
export function placeOf(path: string): Place {
  const trimmed = path.replace(/(?<=.)\/+$/, "");
  if (trimmed === "/" || trimmed === "/panels") return { name: "home" };
  const match = PANEL_PATH.exec(trimmed);
  const id = match?.[1] === undefined ? null : decoded(match[1]);
  if (match === null || id === null) return { name: "missing", path };
  return { name: "panel", id, source: match[2] !== undefined };
}

/** The path of a place: `placeOf(pathOf(place))` is the place again. */
export function pathOf(place: Place): string {
  switch (place.name) {
    case "home":
      return "/";
    case "panel":
      return `/panels/${encodeURIComponent(place.id)}${place.source ? "/source" : ""}`;
    case "missing":
      return place.path;
  }
}

let hasMoved = false;

/** Whether a person came here from inside of the studio, not by an address. */
export const cameFromWithin = (): boolean => hasMoved;

/** Go to a place; with `replace` the present one is not kept for the back button. */
export function navigate(place: Place, { replace = false } = {}): void {
  const path = pathOf(place);
  if (path === location.pathname) return;
  hasMoved = true;
  if (replace) history.replaceState(null, "", path);
  else history.pushState(null, "", path);
  dispatchEvent(new PopStateEvent("popstate"));
}

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
