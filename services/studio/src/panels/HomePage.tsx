/** All panels at a glance, or the way to the first one. */
import { CloudOff, LayoutGrid, Plus } from "lucide-react";

import { useCanWrite } from "../account/useRole.ts";
import type { PanelSummary } from "../api/wire.ts";
import { OfflineNotice } from "../app/ConnectionState.tsx";
import { Link } from "../app/Link.tsx";
import { navigate, panelPlace } from "../app/router.ts";
import { MenuButton } from "../app/Shell.tsx";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { usePageTitle } from "../app/title.ts";
import { useTask } from "../app/useTask.ts";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import { Notice } from "../design/Notice.tsx";
import { ago } from "./ago.ts";
import { type DirectoryState, titleOf } from "./directory.ts";
import styles from "./HomePage.module.css";
import { PanelIcon } from "./PanelIcon.tsx";

export function HomePage() {
  const { directory, dialog } = useStudio();
  const state = useStore(directory);
  const canWrite = useCanWrite();
  usePageTitle("Panels");

  return (
    <div className={styles["page"]}>
      <OfflineNotice />
      <DeletedNotice />
      <div className={styles["column"]}>
        <header className={styles["header"]}>
          <MenuButton />
          <h1>Panels</h1>
          {canWrite && (
            <Button variant="primary" onClick={() => dialog.set({ kind: "new" })}>
              <Plus size={15} aria-hidden /> New panel
            </Button>
          )}
        </header>
        <Panels state={state} />
      </div>
    </div>
  );
}

/** What was deleted last, until it is brought back or let go. */
function DeletedNotice() {
  const { directory } = useStudio();
  const { deleted } = useStore(directory);
  const { run, isBusy, error } = useTask(async (id: string) => {
    await directory.bringBack();
    navigate(panelPlace(id));
  });
  if (deleted === null) return null;
  return (
    <Notice
      kind="gone"
      title={`“${deleted.title}” was deleted`}
      actions={
        <>
          <Button disabled={isBusy} onClick={() => void run(deleted.id)}>
            Bring it back
          </Button>
          <Button variant="ghost" onClick={directory.letGo}>
            Let it go
          </Button>
        </>
      }
    >
      {error?.message}
    </Notice>
  );
}

function Panels({ state }: { readonly state: DirectoryState }) {
  const { directory, dialog } = useStudio();
  const canWrite = useCanWrite();
  if (state.phase === "loading") return <LoadingCards />;
  if (state.phase === "failed") {
    return (
      <Blank
        icon={CloudOff}
        title="The panels could not be fetched"
        action={<Button onClick={() => void directory.refresh()}>Try again</Button>}
      >
        {state.error?.message}
      </Blank>
    );
  }
  if (state.panels.length === 0 && !canWrite) {
    return (
      <Blank icon={LayoutGrid} title="No panels yet">
        Whoever may change this workspace can make one.
      </Blank>
    );
  }
  if (state.panels.length === 0) {
    return (
      <Blank
        icon={LayoutGrid}
        title="Make the first panel"
        action={
          <Button variant="primary" onClick={() => dialog.set({ kind: "new" })}>
            <Plus size={15} aria-hidden /> New panel
          </Button>
        }
      >
        A panel is a view, its state and its logic in one text. Start from a template, or blank.
      </Blank>
    );
  }
  return (
    <ul className={styles["cards"]}>
      {state.panels.map((panel) => (
        <Card key={panel.id} panel={panel} />
      ))}
    </ul>
  );
}

function Card({ panel }: { readonly panel: PanelSummary }) {
  return (
    <li>
      <Link to={panelPlace(panel.id)} className={styles["card"]}>
        <PanelIcon panel={panel} size="large" />
        <h2>{titleOf(panel)}</h2>
        <p>{panel.description}</p>
        <small>{ago(panel.updatedAt)}</small>
      </Link>
    </li>
  );
}

function LoadingCards() {
  return (
    <div role="status" className={styles["cards"]}>
      <span className="visually-hidden">Loading panels</span>
      {[0, 1, 2, 3, 4, 5].map((place) => (
        <span key={place} aria-hidden="true" className={styles["ghost"]} />
      ))}
    </div>
  );
}
