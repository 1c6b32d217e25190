/**
 * Light, dark, or as the system has it. The choice lives in local storage under `nexus.theme`
 * and on the root element as `data-theme`; `public/theme.js` applies it before the first paint.
 */
import { keep } from "../design/keep.ts";
import { createStore } from "./store.ts";

export const THEMES = ["light", "dark", "system"] as const;
export type Theme = (typeof THEMES)[number];

const KEY = "nexus.theme";

export const theme = createStore<Theme>(chosen());

/** Choose a theme and keep it. */
export function setTheme(next: Theme): void {
  keep(KEY, next === "system" ? null : next);
  if (next === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = next;
  theme.set(next);
}

function chosen(): Theme {
  const applied = document.documentElement.dataset["theme"];
  return applied === "light" || applied === "dark" ? applied : "system";
}
