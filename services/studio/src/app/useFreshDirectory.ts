/** Keeps the list of panels fresh: at the start, on return, on reconnection, on another branch. */
import { useConnection } from "nexus-renderer";
import { useEffect, useRef } from "react";

import type { Studio } from "./studio.tsx";

export function useFreshDirectory({ client, directory }: Studio): void {
  const isOpen = useConnection(client).phase === "open";

  const wasOpen = useRef(false);

  useEffect(() => {
    void directory.refresh();
  }, [directory]);

  useEffect(() => {
    // When the connection opens first, what was fetched at the start is as new.
    const isLate = wasOpen.current || directory.get().phase === "failed";
    if (isOpen && isLate) void directory.refresh();
    wasOpen.current ||= isOpen;
  }, [directory, isOpen]);

  useEffect(() => client.onBranch(() => void directory.refresh()), [client, directory]);

  useEffect(() => {
    const refresh = () => void directory.refresh();
    addEventListener("focus", refresh);
    return () => removeEventListener("focus", refresh);
  }, [directory]);
}
