/** Whether the kernel is there: a quiet word in the sidebar, a notice once it matters. */
import { type ConnectionStatus, useConnection } from "nexus-renderer";

import { classes } from "../design/classes.ts";
import { Notice } from "../design/Notice.tsx";
import styles from "./ConnectionState.module.css";
import { useStudio } from "./studio.tsx";

type Condition = "live" | "joining" | "lost";

const WORDS: Readonly<Record<Condition, string>> = {
  live: "Connected",
  joining: "Connecting…",
  lost: "Offline",
};

export function ConnectionState() {
  const condition = conditionOf(useConnection(useStudio().client));
  return (
    <p role="status" className={classes(styles["state"], styles[condition])}>
      <span aria-hidden="true" className={styles["dot"]} />
      {WORDS[condition]}
    </p>
  );
}

/** Says across a page that it may be out of date; a live panel says so itself. */
export function OfflineNotice() {
  const status = useConnection(useStudio().client);
  if (conditionOf(status) !== "lost") return null;
  if (status.phase === "refused") {
    return (
      <Notice kind="offline" title="This page and Nexus do not fit together">
        {status.error ?? "Reload the page to get the studio of this version."}
      </Notice>
    );
  }
  return (
    <Notice kind="offline" title="Connection lost">
      What you see may be out of date. Trying again by itself.
    </Notice>
  );
}

function conditionOf({ phase, attempts }: ConnectionStatus): Condition {
  switch (phase) {
    case "open":
      return "live";
    case "idle":
    case "connecting":
    case "waiting":
      // One failed attempt is a hiccup that nobody needs to hear of.
      return attempts > 1 ? "lost" : "joining";
    case "closed":
    case "refused":
      return "lost";
  }
}
