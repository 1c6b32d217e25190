/** In which workspace one is, and the way to its panels, to another, and to a new one. */
import { ChevronsUpDown, FolderPlus, LayoutGrid, PanelsTopLeft, UsersRound } from "lucide-react";

import { Mark } from "../app/Mark.tsx";
import { navigate } from "../app/router.ts";
import styles from "../app/Sidebar.module.css";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { Menu, MenuItem, MenuLine } from "../design/Menu.tsx";
import { workspaceTitle } from "./workspaces.ts";

export function WorkspaceSwitcher() {
  const { session, workspaces } = useHouse();
  const { workspaceId, dialog } = useStudio();
  const { phase } = useStore(session);
  const state = useStore(workspaces);
  const items = state.phase === "ready" ? state.items : [];
  const present = items.find(({ id }) => id === workspaceId);
  const title = present === undefined ? workspaceId : workspaceTitle(present);
  const face = (
    <span className={styles["workspace"]}>
      <Mark />
      <span>
        <strong aria-hidden="true">Nexus</strong>
        <small>
          <span className="visually-hidden">Workspace: </span>
          {title}
        </small>
      </span>
      <ChevronsUpDown size={14} aria-hidden />
    </span>
  );
  return (
    <Menu label="Workspaces" face={face} place="below-left">
      {items.map((each) => (
        <MenuItem
          key={each.id}
          icon={PanelsTopLeft}
          isChosen={each.id === workspaceId}
          onSelect={() => navigate({ name: "home" }, { workspace: each.id })}
        >
          {workspaceTitle(each)}
        </MenuItem>
      ))}
      <MenuLine />
      <MenuItem icon={LayoutGrid} onSelect={() => navigate({ name: "home" })}>
        All panels
      </MenuItem>
      {phase !== "open" && (
        <MenuItem icon={UsersRound} onSelect={() => navigate({ name: "members" })}>
          Members
        </MenuItem>
      )}
      <MenuItem icon={FolderPlus} onSelect={() => dialog.set({ kind: "workspace" })}>
        New workspace…
      </MenuItem>
    </Menu>
  );
}
