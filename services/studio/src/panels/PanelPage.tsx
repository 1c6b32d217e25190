/** One panel, live, and its source beside it when it is asked for. */
import { Activity, Code, Copy, Ellipsis, MousePointerClick, PanelsTopLeft, PencilLine, Trash2 } from "lucide-react";
import { NexusPanel, usePanel } from "nexus-renderer";
import { lazy, Suspense, useEffect, useRef, useState } from "react";

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
import { LeftText } from "./LeftText.tsx";
import { MissingPage } from "./MissingPage.tsx";
import { Others } from "./Others.tsx";
import { PanelIcon } from "./PanelIcon.tsx";
import styles from "./PanelPage.module.css";

// The editor is most of the studio's weight, and not needed to use a panel.
const SourcePane = lazy(() => import("../source/SourcePane.tsx"));
const DesignPage = lazy(() => import("../properties/DesignPage.tsx"));
const InspectorPane = lazy(() => import("../inspect/InspectorPane.tsx"));

interface PanelPageProps {
  readonly id: string;
  readonly pane: Pane | null;
}

export function PanelPage(props: PanelPageProps) {
  /** How often it was looked for: one that was not there is asked for again by who looks anew. */
  const [round, setRound] = useState(0);
  return <FoundPanel key={round} {...props} onAgain={() => setRound(round + 1)} />;
}

function FoundPanel({ id, pane, onAgain }: PanelPageProps & { readonly onAgain: () => void }) {
  const { client, directory } = useStudio();
  const { error } = usePanel(client.panel(id));
  const { workspace } = useStore(directory);
  const isGone = error?.code === "NOT_FOUND";
  useEffect(() => {
    // The list may still have it.
    if (isGone) void directory.refresh();
  }, [isGone, directory]);
  if (isGone) {
    const where = workspace?.branch === undefined ? "in this workspace" : `on the branch “${workspace.branch}”`;
    return (
      <MissingPage title="No such panel" below={<LeftText panelId={id} onAgain={onAgain} />}>
        There is no panel “{id}” {where}.
      </MissingPage>
    );
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
      <PanelHeader panel={panel} pane={pane} />
      {pane === "design" ? (
        <Suspense fallback={<Opening />}>
          <DesignPage panelId={id} />
        </Suspense>
      ) : (
        <SplitPane
          storageKey="nexus.source.split"
          dividerLabel="Width of the panel and what is beside it"
          first={
            <div className={styles["canvas"]}>
              <div className={styles["panel"]}>
                <h2 className="visually-hidden">Panel</h2>
                <NexusPanel client={client} panelId={id} heading={false} />
              </div>
            </div>
          }
          second={
            pane === null ? null : (
              <Suspense fallback={<Opening />}>
                {pane === "source" && <SourcePane panelId={id} runningHash={sourceHash} />}
                {pane === "inspect" && <InspectorPane panelId={id} />}
              </Suspense>
            )
          }
        />
      )}
    </>
  );
}

function Opening() {
  return (
    <p role="status" className={styles["opening"]}>
      Opening…
    </p>
  );
}

/** What can stand beside a panel. */
const BESIDE = [
  { name: "source", title: "Source", icon: Code },
  { name: "design", title: "Design", icon: MousePointerClick },
  { name: "inspect", title: "Inspect", icon: Activity },
] as const;

interface PanelHeaderProps {
  readonly panel: Summary;
  readonly pane: Pane | null;
}

function PanelHeader({ panel, pane }: PanelHeaderProps) {
  const { dialog, arriving } = useStudio();
  const canWrite = useCanWrite();
  const toCanvas = () => {
    arriving.set(panel.id);
    navigate({ name: "canvas" });
  };
  const toggles = useRef<HTMLDivElement>(null);
  const last = useRef(pane);
  useEffect(() => {
    // Closing what was beside the panel takes away what had the focus.
    const isLost = last.current !== null && document.activeElement === document.body;
    if (pane === null && isLost) toggles.current?.querySelector<HTMLElement>(`[data-pane=${last.current}]`)?.focus();
    last.current = pane;
  }, [pane]);
  return (
    <header className={styles["header"]}>
      <MenuButton />
      <PanelIcon panel={panel} size="medium" />
      <div className={styles["names"]}>
        <h1 title={titleOf(panel)}>{titleOf(panel)}</h1>
        {panel.description && <p title={panel.description}>{panel.description}</p>}
      </div>
      <Others panelId={panel.id} />
      <div ref={toggles} className={styles["toggles"]}>
        {BESIDE.map(({ name, title, icon: Icon }) => (
          <Button
            key={name}
            data-pane={name}
            aria-label={title}
            aria-pressed={name === pane}
            title={`Show or hide ${title.toLowerCase()}`}
            onClick={() => navigate(panelPlace(panel.id, name === pane ? null : name))}
          >
            <Icon size={15} aria-hidden /> <span>{title}</span>
          </Button>
        ))}
      </div>
      {canWrite && (
        <Menu label="More actions" icon={Ellipsis}>
          <MenuItem icon={PanelsTopLeft} onSelect={toCanvas}>
            Put on the canvas
          </MenuItem>
          <MenuItem icon={PencilLine} onSelect={() => dialog.set({ kind: "rename", panelId: panel.id })}>
            Rename…
          </MenuItem>
          <MenuItem icon={Copy} onSelect={() => dialog.set({ kind: "duplicate", panelId: panel.id })}>
            Duplicate…
          </MenuItem>
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
