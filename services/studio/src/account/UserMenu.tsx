/** Who is signed in, and what is theirs; nothing where nobody signs in. */
import { LogOut, UserRound, UsersRound } from "lucide-react";

import { navigate } from "../app/router.ts";
import styles from "../app/Sidebar.module.css";
import { useStore } from "../app/store.ts";
import { useHouse, useStudio } from "../app/studio.tsx";
import { Initial } from "../design/Initial.tsx";
import { Menu, MenuItem, MenuLine } from "../design/Menu.tsx";

export function UserMenu() {
  const { session } = useHouse();
  const { dialog } = useStudio();
  const state = useStore(session);
  if (state.phase !== "in" && state.phase !== "expired") return null;
  const { name } = state.user;
  const face = (
    <span className={styles["person"]}>
      <Initial name={name} />
      <strong>
        <span className="visually-hidden">Signed in as </span>
        {name}
      </strong>
    </span>
  );
  return (
    <Menu label="Your account" face={face} place="above-left">
      <MenuItem icon={UserRound} onSelect={() => navigate({ name: "account" })}>
        Your account
      </MenuItem>
      <MenuItem icon={UsersRound} onSelect={() => navigate({ name: "members" })}>
        Members
      </MenuItem>
      <MenuLine />
      <MenuItem icon={LogOut} onSelect={() => dialog.set({ kind: "leave" })}>
        Log out
      </MenuItem>
    </Menu>
  );
}
