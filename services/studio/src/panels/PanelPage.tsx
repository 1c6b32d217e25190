/** One panel, live, and its source beside it when it is asked for. */
import { Code, Ellipsis, Trash2 } from "lucide-react";
import { NexusPanel, usePanel } from "nexus-renderer";
import { lazy, Suspense, useEffect, useRef } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { PanelSummary } from "../api/wire.ts";
import { navigate, type Pane, panelPlace } from "../app/router.ts";
import { MenuButton } from "../app/Shell.tsx";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { usePageTitle } from "../app/title.ts";
import { Button } from "../design/Button.tsx";
import { Menu, MenuItem } from "../design/Menu.tsx";
import { SplitPane } from "../design/SplitPane.tsx";
import { titleOf } from "./directory.ts";
import { MissingPage } from "./MissingPage.tsx";
import { PanelIcon } from "./PanelIcon.tsx";
import styles from "./PanelPage.module.css";

// The editor is most of the studio's weight, and not needed to use a panel.
const SourcePane = lazy(() => import("../source/SourcePane.tsx"));

interface PanelPageProps {
  readonly id: string;
  readonly pane: Pane | null;
}

export function PanelPage({ id, pane }: PanelPageProps) {
  const { error } = usePanel(useStudio().client.panel(id));
  if (error?.code === "NOT_FOUND") {
    return <MissingPage title="No such panel">There is no panel “{id}” in this workspace.</MissingPage>;
  }
  return <LivePanel id={id} pane={pane} />;
}

function LivePanel({ id, pane }: PanelPageProps) {
  const { client } = useStudio();
  const { sourceHash } = usePanel(client.panel(id));
  const panel = usePanelSummary(id, sourceHash);
  usePageTitle(titleOf(panel));
  return (
    <>
      <PanelHeader panel={panel} isSourceOpen={pane === "source"} />
      <SplitPane
        storageKey="nexus.source.split"
        dividerLabel="Width of panel and source"
        first={
          <div className={styles["canvas"]}>
            <div className={styles["panel"]}>
              <h2 className="visually-hidden">Panel</h2>
              <NexusPanel client={client} panelId={id} heading={false} />
            </div>
          </div>
        }
        second={
          pane === "source" ? (
            <Suspense fallback={<Opening />}>
              <SourcePane panelId={id} runningHash={sourceHash} />
            </Suspense>
          ) : null
        }
      />
    </>
  );
}

function Opening() {
  return (
    <p role="status" className={styles["opening"]}>
      Opening the source…
    </p>
  );
}

interface PanelHeaderProps {
  readonly panel: Summary;
  readonly isSourceOpen: boolean;
}

function PanelHeader({ panel, isSourceOpen }: PanelHeaderProps) {
  const { dialog } = useStudio();
  const canWrite = useCanWrite();
  const toggle = useRef<HTMLButtonElement>(null);
  const wasOpen = useRef(isSourceOpen);
  useEffect(() => {
    // Closing the source takes away what had the focus.
    const isLost = wasOpen.current && document.activeElement === document.body;
    if (!isSourceOpen && isLost) toggle.current?.focus();
    wasOpen.current = isSourceOpen;
  }, [isSourceOpen]);
  const toggleSource = () => navigate(panelPlace(panel.id, isSourceOpen ? null : "source"));
  return (
    <header className={styles["header"]}>
      <MenuButton />
      <PanelIcon panel={panel} size="medium" />
      <div className={styles["names"]}>
        <h1>{titleOf(panel)}</h1>
        {panel.description && <p>{panel.description}</p>}
      </div>
      <Button
        ref={toggle}
        aria-pressed={isSourceOpen}
        onClick={toggleSource}
        title="Show or hide the source"
      >
        <Code size={15} aria-hidden /> Source
      </Button>
      {canWrite && (
        <Menu label="More actions" icon={Ellipsis}>
          <MenuItem icon={Trash2} onSelect={() => dialog.set({ kind: "delete", panelId: panel.id })}>
            Delete panel…
          </MenuItem>
        </Menu>
      )}
    </header>
  );
}

type Summary = Pick<PanelSummary, "id" | "title" | "icon" | "description">;

/** The panel as the list has it; another version running here means that the list is old. */
function usePanelSummary(id: string, runningHash: string | null): Summary {
  const { directory } = useStudio();
  const { phase, panels } = useStore(directory);
  const panel = panels.find((candidate) => candidate.id === id);
  const isOld = phase === "ready" && runningHash !== null && panel?.sourceHash !== runningHash;
  useEffect(() => {
    if (isOld) void directory.refresh();
  }, [directory, isOld, runningHash]);
  return panel ?? { id, title: id };
}
