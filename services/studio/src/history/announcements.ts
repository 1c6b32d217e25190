/** What everybody in a workspace is told in passing: what panels say, and that the branch is another. */
import type { BranchMessage, EventSource, NexusClient } from "nexus-renderer";

/** The events of all panels, and a toast when another branch is checked out. */
export function announcementsOf(client: Pick<NexusClient, "onEvent" | "onBranch">): EventSource {
  return {
    onEvent(listener) {
      const stopEvents = client.onEvent(listener);
      const stopBranches = client.onBranch((told) =>
        listener({ type: "EVENT", panelId: "", name: "toast", payload: toastOf(told) }),
      );
      return () => {
        stopEvents();
        stopBranches();
      };
    },
  };
}

function toastOf({ branch, by }: BranchMessage): { readonly text: string; readonly level: string } {
  if (branch === undefined) {
    return { text: "No branch is checked out. Nothing can be saved until one is.", level: "warn" };
  }
  const text = by === undefined ? `Panels run from the branch ${branch} now.` : `${by} switched to the branch ${branch}.`;
  return { text, level: "info" };
}
