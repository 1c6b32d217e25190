/** Several panels at once, each in a window of its own: moved, sized, docked, put away. */
import { Maximize, PanelsTopLeft, Plus } from "lucide-react";
import { useEffect, useRef, useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import { MenuButton } from "../app/Shell.tsx";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { usePageTitle } from "../app/title.ts";
import { Blank } from "../design/Blank.tsx";
import { Menu, MenuItem, MenuLine } from "../design/Menu.tsx";
import { titleOf } from "../panels/directory.ts";
import { PanelIcon } from "../panels/PanelIcon.tsx";
import styles from "./CanvasPage.module.css";
import { add, isShown, type Layout, restore } from "./layout.ts";
import { useLayout } from "./useLayout.ts";
import { WindowFrame } from "./WindowFrame.tsx";

export default function CanvasPage() {
  const [layout, setLayout] = useLayout();
  const [full, setFull] = useState<string | null>(null);
  const { arriving } = useStudio();
  const arrived = useStore(arriving);
  usePageTitle("Canvas");
  useEffect(() => {
    if (arrived === null) return;
    setLayout((before) => add(before, arrived));
    arriving.set(null);
  }, [arrived, arriving, setLayout]);

  return (
    <div className={styles["page"]}>
      <header className={styles["header"]}>
        <MenuButton />
        <h1>Canvas</h1>
        <AddMenu layout={layout} onAdd={(id) => setLayout((before) => add(before, id))} />
      </header>
      {layout.length === 0 ? (
        <Blank icon={PanelsTopLeft} title="Put panels side by side">
          Add the panels that belong together. Where they stand is remembered.
        </Blank>
      ) : (
        <Windows layout={layout} full={full} onChange={setLayout} onFull={setFull} />
      )}
      <Shelf layout={layout} onRestore={(id) => setLayout((before) => restore(before, id))} />
    </div>
  );
}

interface WindowsProps {
  readonly layout: Layout;
  readonly full: string | null;
  readonly onChange: (change: (layout: Layout) => Layout) => void;
  readonly onFull: (panelId: string | null) => void;
}

function Windows({ layout, full, onChange, onFull }: WindowsProps) {
  const grid = useRef<HTMLDivElement>(null);
  const shown = layout.filter(isShown);
  const inOrder = shown.toSorted((one, other) => one.y - other.y || one.x - other.x);
  return (
    <div className={styles["scroller"]}>
      <div ref={grid} className={styles["grid"]} data-full={full !== null}>
        {inOrder.map((window) => (
          <WindowFrame
            key={window.panelId}
            layout={layout}
            window={window}
            grid={grid}
            isFull={window.panelId === full}
            onChange={onChange}
            onFull={(isFull) => onFull(isFull ? window.panelId : null)}
          />
        ))}
      </div>
    </div>
  );
}

interface AddMenuProps {
  readonly layout: Layout;
  readonly onAdd: (panelId: string) => void;
}

function AddMenu({ layout, onAdd }: AddMenuProps) {
  const { directory, dialog } = useStudio();
  const canWrite = useCanWrite();
  const { panels } = useStore(directory);
  const present = new Set(layout.filter(isShown).map(({ panelId }) => panelId));
  const face = (
    <span className={styles["add"]}>
      <Plus size={15} aria-hidden /> Add panel
    </span>
  );
  return (
    <Menu label="Add panel" face={face}>
      {panels
        .filter(({ id }) => !present.has(id))
        .map((panel) => (
          <MenuItem key={panel.id} icon={PanelsTopLeft} onSelect={() => onAdd(panel.id)}>
            {titleOf(panel)}
          </MenuItem>
        ))}
      {canWrite && (
        <>
          <MenuLine />
          <MenuItem icon={Plus} onSelect={() => dialog.set({ kind: "new" })}>
            New panel…
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

interface ShelfProps {
  readonly layout: Layout;
  readonly onRestore: (panelId: string) => void;
}

/** What is minimised, as one press each. */
function Shelf({ layout, onRestore }: ShelfProps) {
  const { panels } = useStore(useStudio().directory);
  const away = layout.filter((window) => !isShown(window));
  if (away.length === 0) return null;
  return (
    <ul className={styles["shelf"]} aria-label="Minimised panels">
      {away.map(({ panelId }) => {
        const panel = panels.find(({ id }) => id === panelId) ?? { id: panelId, title: panelId };
        return (
          <li key={panelId}>
            <button type="button" title="Bring it back" onClick={() => onRestore(panelId)}>
              <PanelIcon panel={panel} size="small" />
              {titleOf(panel)}
              <Maximize size={12} aria-hidden />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
