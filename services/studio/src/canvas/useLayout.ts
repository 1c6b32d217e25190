/** The canvas of a person in a workspace, kept in this browser. */
import { type Dispatch, type SetStateAction, useEffect, useState } from "react";

import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { keep, kept } from "../design/keep.ts";
import { type Layout, read, write } from "./layout.ts";

export function useLayout(): [Layout, Dispatch<SetStateAction<Layout>>] {
  const { workspaceId } = useStudio();
  const session = useStore(useHouse().session);
  const user = session.phase === "in" || session.phase === "expired" ? (session.user.id ?? "") : "";
  const key = `nexus.canvas:${user}:${workspaceId}`;
  const [layout, setLayout] = useState<Layout>(() => read(kept(key)));
  useEffect(() => keep(key, layout.length === 0 ? null : write(layout)), [key, layout]);
  return [layout, setLayout];
}
