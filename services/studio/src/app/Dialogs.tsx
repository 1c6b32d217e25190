/** The one dialog that is open, if any. */
import { LogOutDialog } from "../account/LogOutDialog.tsx";
import { NewWorkspaceDialog } from "../account/NewWorkspaceDialog.tsx";
import { DeletePanelDialog } from "../panels/DeletePanelDialog.tsx";
import { DeleteBranchDialog, MergeBranchDialog, NewBranchDialog, SwitchBranchDialog } from "../history/dialogs.tsx";
import { DuplicatePanelDialog, RenamePanelDialog } from "../panels/NamePanelDialog.tsx";
import { NewPanelDialog } from "../panels/NewPanelDialog.tsx";
import type { Action } from "./actions.ts";
import { CommandPalette } from "./CommandPalette.tsx";
import { HelpDialog } from "./HelpDialog.tsx";
import type { Place } from "./router.ts";
import { Drawer } from "./Shell.tsx";
import { useStore } from "./store.ts";
import { NO_DIALOG, useStudio } from "./studio.tsx";

interface DialogsProps {
  readonly place: Place;
  readonly actions: readonly Action[];
}

export function Dialogs({ place, actions }: DialogsProps) {
  const { dialog } = useStudio();
  const open = useStore(dialog);
  const close = () => dialog.set(NO_DIALOG);
  switch (open.kind) {
    case "none":
      return null;
    case "palette":
      return <CommandPalette actions={actions} onClose={close} />;
    case "help":
      return <HelpDialog actions={actions} onClose={close} />;
    case "new":
      return <NewPanelDialog onClose={close} />;
    case "menu":
      return <Drawer place={place} onClose={close} />;
    case "workspace":
      return <NewWorkspaceDialog onClose={close} />;
    case "leave":
      return <LogOutDialog onClose={close} />;
    case "branch":
      return <NewBranchDialog onClose={close} />;
    case "switch":
      return <SwitchBranchDialog branch={open.branch} onClose={close} />;
    case "merge":
      return <MergeBranchDialog branch={open.branch} onClose={close} />;
    case "unbranch":
      return <DeleteBranchDialog branch={open.branch} onClose={close} />;
    case "rename":
      return <RenamePanelDialog panelId={open.panelId} onClose={close} />;
    case "duplicate":
      return <DuplicatePanelDialog panelId={open.panelId} onClose={close} />;
    case "delete":
      return <DeletePanelDialog panelId={open.panelId} onClose={close} />;
  }
}
