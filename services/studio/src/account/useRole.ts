/** What one is in the present workspace, and so what there is to do. */
import type { Role } from "../api/accounts.ts";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";

export function useRole(): Role {
  const { workspaces } = useHouse();
  const { workspaceId } = useStudio();
  const state = useStore(workspaces);
  const found = state.phase === "ready" ? state.items.find(({ id }) => id === workspaceId) : undefined;
  return found?.role ?? "viewer";
}

/** Whether one may change panels, not only look at them. */
export const useCanWrite = (): boolean => useRole() !== "viewer";
