/** The way around: workspace, search, the panels, and how the studio is doing. */
import { Command } from "lucide-react";

import { Keys } from "./Keys.tsx";
import { PanelNav } from "../panels/PanelNav.tsx";
import { ConnectionState } from "./ConnectionState.tsx";
import { Link } from "./Link.tsx";
import type { Place } from "./router.ts";
import styles from "./Sidebar.module.css";
import { useStore } from "./store.ts";
import { useStudio } from "./studio.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";

export function Sidebar({ place }: { readonly place: Place }) {
  const { dialog, directory } = useStudio();
  const { workspace } = useStore(directory);
  const atHome = place.name === "home";
  return (
    <div className={styles["sidebar"]}>
      <header className={styles["header"]}>
        <Link
          to={{ name: "home" }}
          className={styles["workspace"]}
          aria-current={atHome ? "page" : undefined}
        >
          <Mark />
          <span>
            <strong>Nexus</strong>
            <small>{workspace?.title || "Workspace"}</small>
          </span>
        </Link>
      </header>

      <PanelNav currentId={place.name === "panel" ? place.id : null} />

      <footer className={styles["footer"]}>
        <button
          type="button"
          className={styles["command"]}
          onClick={() => dialog.set({ kind: "palette" })}
        >
          <Command size={14} aria-hidden />
          <span>Commands</span>
          <Keys keys="Mod+K" />
        </button>
        <div className={styles["status"]}>
          <ConnectionState />
          <ThemeToggle />
        </div>
      </footer>
    </div>
  );
}

function Mark() {
  return (
    <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden="true" className={styles["mark"]}>
      <rect width="32" height="32" rx="8" />
      <path d="M10.5 22.5v-13l11 13v-13" />
    </svg>
  );
}
