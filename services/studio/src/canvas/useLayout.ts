/** The canvas of a person in a workspace. */
import { useEffect, useState } from "react";

import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { keep, kept } from "../design/keep.ts";
import { createDesk, type LayoutChange } from "./desk.ts";
import { type Layout, sound } from "./layout.ts";

export function useLayout(): readonly [Layout, (change: LayoutChange) => void] {
  const { workspaceId, api } = useStudio();
  const session = useStore(useHouse().session);
  const user = session.phase === "in" || session.phase === "expired" ? (session.user.id ?? "") : "";
  const [desk] = useState(() => {
    const key = `nexus.canvas:${user}:${workspaceId}`;
    const drawer = { get: () => kept(key), set: (text: string | null) => keep(key, text) };
    const load = async () => {
      const { windows, savedAt } = await api.readLayout();
      return savedAt === undefined ? null : sound(windows);
    };
    return createDesk(drawer, user === "" ? null : { load, save: (layout) => api.saveLayout(layout) });
  });
  useEffect(() => {
    void desk.open();
    const flush = () => void desk.flush();
    addEventListener("pagehide", flush);
    return () => {
      removeEventListener("pagehide", flush);
      flush();
    };
  }, [desk]);
  return [useStore(desk), desk.change];
}
