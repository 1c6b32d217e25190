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

/** Says across the page that what is shown may be out of date. */
export function OfflineNotice() {
  const status = useConnection(useStudio().client);
  if (conditionOf(status) !== "lost") return null;
  if (status.phase === "refused") {
    return (
      <Notice kind="offline" title="This page and the kernel do not fit together">
        {status.error ?? "Reload the page to get the studio of this kernel."}
      </Notice>
    );
  }
  return (
    <Notice kind="offline" title="The kernel cannot be reached">
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
