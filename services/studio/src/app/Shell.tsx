/** The frame around every page: the sidebar, or on a phone its drawer, and the main region. */
import { Menu } from "lucide-react";
import { type ReactNode, useEffect } from "react";

import { IconButton } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import type { Place } from "./router.ts";
import styles from "./Shell.module.css";
import { Sidebar } from "./Sidebar.tsx";
import { useStudio } from "./studio.tsx";

interface ShellProps {
  readonly place: Place;
  /** What stands below the page, and takes room from it. */
  readonly below: ReactNode;
  readonly children: ReactNode;
}

export function Shell({ place, below, children }: ShellProps) {
  return (
    <div className={styles["shell"]}>
      <a className={styles["skip"]} href="#content">
        Skip to the panel
      </a>
      <div className={styles["side"]}>
        <Sidebar place={place} />
      </div>
      <main id="content" tabIndex={-1} className={styles["main"]}>
        {children}
      </main>
      {below}
    </div>
  );
}

/** The sidebar over the page, for narrow screens; going somewhere closes it. */
export function Drawer({ place, onClose }: { readonly place: Place; readonly onClose: () => void }) {
  useEffect(() => {
    addEventListener("popstate", onClose);
    return () => removeEventListener("popstate", onClose);
  }, [onClose]);
  return (
    <Dialog title="Menu" kind="drawer" onClose={onClose}>
      <Sidebar place={place} />
    </Dialog>
  );
}

/** Opens the drawer; shown only where the sidebar is not. */
export function MenuButton() {
  const { dialog } = useStudio();
  return (
    <IconButton label="Menu" className={styles["menu"]} onClick={() => dialog.set({ kind: "menu" })}>
      <Menu size={18} aria-hidden />
    </IconButton>
  );
}
