/** What the present page is called: in the tab, and said aloud when it becomes another. */
import { useEffect } from "react";

import { createStore } from "./store.ts";

export const pageTitle = createStore("");

export function usePageTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Nexus`;
    pageTitle.set(title);
  }, [title]);
}
