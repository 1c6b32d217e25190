/** What handlers emitted while somebody looked. */
import { Radio } from "lucide-react";

import { Blank } from "../design/Blank.tsx";
import { clock } from "./clock.ts";
import styles from "./rows.module.css";
import type { Told } from "./useTold.ts";

export function EventsTab({ events }: { readonly events: readonly Told[] }) {
  if (events.length === 0) {
    return (
      <Blank icon={Radio} title="Listening">
        What the panel's handlers emit from now on is shown here.
      </Blank>
    );
  }
  return (
    <ol className={styles["rows"]}>
      {events.map(({ number, at, event }) => (
        <li key={number} className={styles["row"]}>
          <div className={styles["line"]}>
            <strong>{event.name}</strong>
            <time>{clock(at)}</time>
          </div>
          <pre>{JSON.stringify(event.payload, null, 1)}</pre>
        </li>
      ))}
    </ol>
  );
}
