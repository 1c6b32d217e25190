/** Keeps the list of panels fresh: at the start, on return to the window, on reconnection. */
import { useConnection } from "nexus-renderer";
import { useEffect } from "react";

import type { Studio } from "./studio.tsx";

export function useFreshDirectory({ client, directory }: Studio): void {
  const isOpen = useConnection(client).phase === "open";

  useEffect(() => {
    void directory.refresh();
  }, [directory, isOpen]);

  useEffect(() => {
    const refresh = () => void directory.refresh();
    addEventListener("focus", refresh);
    return () => removeEventListener("focus", refresh);
  }, [directory]);
}
