/** The events of a panel since somebody looks at it, newest first. */
import type { EventMessage } from "nexus-renderer";
import { useEffect, useState } from "react";

import { useStudio } from "../app/studio.tsx";

/** How many are kept. */
const MOST = 200;

export interface Told {
  readonly number: number;
  readonly at: number;
  readonly event: EventMessage;
}

export function useTold(panelId: string): readonly Told[] {
  const { client } = useStudio();
  const [told, setTold] = useState<readonly Told[]>([]);
  useEffect(
    () =>
      client.panel(panelId).onEvent((event) =>
        setTold((before) => {
          const number = (before[0]?.number ?? 0) + 1;
          return [{ number, at: Date.now() / 1000, event }, ...before].slice(0, MOST);
        }),
      ),
    [client, panelId],
  );
  return told;
}
