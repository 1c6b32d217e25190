/** Who else looks at a panel at this moment. */
import { useSyncExternalStore } from "react";

import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { Initial } from "../design/Initial.tsx";
import styles from "./Others.module.css";

/** How many stand beside each other; the rest are a number. */
const SHOWN = 4;

export function Others({ panelId }: { readonly panelId: string }) {
  const { presence } = useStudio().client;
  const session = useStore(useHouse().session);
  const here = useSyncExternalStore(presence.subscribe, presence.getSnapshot);
  if (session.phase !== "in") return null;
  const others = (here?.people ?? []).filter(({ id, panels }) => id !== session.user.id && panels.includes(panelId));
  if (others.length === 0) return null;
  return (
    <ul className={styles["others"]} aria-label="Also here">
      {others.slice(0, SHOWN).map(({ id, name }) => (
        <li key={id} title={`${name} is here too`}>
          <Initial name={name} />
          <span className="visually-hidden">{name}</span>
        </li>
      ))}
      {others.length > SHOWN && <li>+{others.length - SHOWN}</li>}
    </ul>
  );
}
