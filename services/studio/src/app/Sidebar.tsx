/** The way around: workspace, search, the panels, and how the studio is doing. */
import { Command } from "lucide-react";

import { UserMenu } from "../account/UserMenu.tsx";
import { WorkspaceSwitcher } from "../account/WorkspaceSwitcher.tsx";
import { PanelNav } from "../panels/PanelNav.tsx";
import { ConnectionState } from "./ConnectionState.tsx";
import { Keys } from "./Keys.tsx";
import type { Place } from "./router.ts";
import styles from "./Sidebar.module.css";
import { useStudio } from "./studio.tsx";
import { ThemeToggle } from "./ThemeToggle.tsx";

export function Sidebar({ place }: { readonly place: Place }) {
  const { dialog } = useStudio();
  return (
    <div className={styles["sidebar"]}>
      <header className={styles["header"]}>
        <WorkspaceSwitcher />
      </header>

      <PanelNav place={place} />

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
        <UserMenu />
        <div className={styles["status"]}>
          <ConnectionState />
          <ThemeToggle />
        </div>
      </footer>
    </div>
  );
}
