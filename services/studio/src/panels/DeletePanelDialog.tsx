/** Asks before a panel goes. */
import { navigate, placeOf } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { ConfirmDialog } from "../design/ConfirmDialog.tsx";
import { titleOf } from "./directory.ts";

interface DeletePanelDialogProps {
  readonly panelId: string;
  readonly onClose: () => void;
}

export function DeletePanelDialog({ panelId, onClose }: DeletePanelDialogProps) {
  const { directory, drafts } = useStudio();
  const panel = useStore(directory).panels.find(({ id }) => id === panelId);
  const remove = async () => {
    const here = placeOf(location.pathname);
    if (here.name === "panel" && here.id === panelId) navigate({ name: "home" }, { replace: true });
    await directory.remove(panelId);
    drafts.forget(panelId);
  };
  return (
    <ConfirmDialog
      title={`Delete “${panel === undefined ? panelId : titleOf(panel)}”?`}
      act="Delete panel"
      keep="Keep it"
      onConfirm={remove}
      onClose={onClose}
    >
      The panel and its state go, for everybody who has it open. As long as this page stays open you can bring it
      back.
    </ConfirmDialog>
  );
}
