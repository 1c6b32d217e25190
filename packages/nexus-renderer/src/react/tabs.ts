/** What a Tab needs to know of the Tabs that show it. */
import { createContext } from "react";

export interface TabHandle {
  readonly panelId: string;
  readonly headId: string;
}

export const TabContext = createContext<TabHandle | null>(null);
