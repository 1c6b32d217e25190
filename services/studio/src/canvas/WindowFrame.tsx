/**
 * One window of the canvas: a bar that moves it, a corner that sizes it, a live panel in it. Both
 * handles take a pointer and the arrow keys.
 */
import {
  Code,
  Ellipsis,
  Expand,
  GripHorizontal,
  Minus,
  PanelLeft,
  PanelRight,
  Shrink,
  SquareArrowOutUpRight,
  X,
} from "lucide-react";
import { NexusPanel } from "nexus-renderer";
import { type KeyboardEvent, type RefObject, useEffect, useEffectEvent } from "react";

import { alongLine } from "../app/direction.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { IconButton } from "../design/Button.tsx";
import { classes } from "../design/classes.ts";
import { Menu, MenuItem, MenuLine } from "../design/Menu.tsx";
import { titleOf } from "../panels/directory.ts";
import { PanelIcon } from "../panels/PanelIcon.tsx";
import { dock, type Layout, minimise, move, remove, resize, type Window } from "./layout.ts";
import { useDrag } from "./useDrag.ts";
import styles from "./WindowFrame.module.css";

type Change = (change: (layout: Layout) => Layout) => void;

interface WindowFrameProps {
  readonly layout: Layout;
  readonly window: Window;
  readonly grid: RefObject<HTMLElement | null>;
  readonly isFull: boolean;
  readonly onChange: Change;
  readonly onFull: (isFull: boolean) => void;
}

/** What an arrow key does, in cells. */
const STEPS: Readonly<Record<string, { readonly x: number; readonly y: number }>> = {
  ArrowLeft: { x: -1, y: 0 },
  ArrowRight: { x: 1, y: 0 },
  ArrowUp: { x: 0, y: -1 },
  ArrowDown: { x: 0, y: 1 },
};

export function WindowFrame({ layout, window, grid, isFull, onChange, onFull }: WindowFrameProps) {
  const { client, directory } = useStudio();
  const { panelId, x, y, w, h } = window;
  const panel = useStore(directory).panels.find(({ id }) => id === panelId) ?? { id: panelId, title: panelId };
  const title = titleOf(panel);
  useEscape(isFull, () => onFull(false));

  const style = { gridColumn: `${x + 1} / span ${w}`, gridRow: `${y + 1} / span ${h}` };
  return (
    <div
      role="group"
      aria-label={`Window of ${title}`}
      className={classes(styles["window"], isFull && styles["full"])}
      style={isFull ? {} : style}
    >
      <header className={styles["bar"]}>
        <MoveHandle title={title} panelId={panelId} layout={layout} grid={grid} isFixed={isFull} onChange={onChange} />
        <PanelIcon panel={panel} size="small" />
        <h2>{title}</h2>
        <IconButton label={`Minimise ${title}`} onClick={() => onChange((all) => minimise(all, panelId))}>
          <Minus size={15} aria-hidden />
        </IconButton>
        <IconButton label={isFull ? `Leave full screen` : `${title} on the full screen`} onClick={() => onFull(!isFull)}>
          {isFull ? <Shrink size={14} aria-hidden /> : <Expand size={14} aria-hidden />}
        </IconButton>
        <WindowMenu title={title} panelId={panelId} onChange={onChange} />
      </header>
      <div className={styles["body"]}>
        <NexusPanel client={client} panelId={panelId} heading={false} />
      </div>
      {!isFull && <SizeHandle title={title} panelId={panelId} layout={layout} grid={grid} onChange={onChange} />}
    </div>
  );
}

interface HandleProps {
  readonly title: string;
  readonly panelId: string;
  readonly layout: Layout;
  readonly grid: RefObject<HTMLElement | null>;
  readonly onChange: Change;
}

function MoveHandle({ title, panelId, layout, grid, isFixed, onChange }: HandleProps & { readonly isFixed: boolean }) {
  const drag = useDrag(grid, layout, onChange, (before, by) => move(before, panelId, by));
  if (isFixed) return null;
  return (
    <button
      type="button"
      aria-label={`Move ${title}`}
      title="Drag, or move it with the arrow keys"
      className={styles["grip"]}
      onKeyDown={(event) => withArrows(event, (by) => onChange((all) => move(all, panelId, by)))}
      {...drag}
    >
      <GripHorizontal size={15} aria-hidden />
    </button>
  );
}

function SizeHandle({ title, panelId, layout, grid, onChange }: HandleProps) {
  const size = (before: Layout, { x, y }: { readonly x: number; readonly y: number }) =>
    resize(before, panelId, { w: x, h: y });
  const drag = useDrag(grid, layout, onChange, size);
  return (
    <button
      type="button"
      aria-label={`Size of ${title}`}
      title="Drag, or size it with the arrow keys"
      className={styles["corner"]}
      onKeyDown={(event) => withArrows(event, (by) => onChange((all) => size(all, by)))}
      {...drag}
    />
  );
}

interface WindowMenuProps {
  readonly title: string;
  readonly panelId: string;
  readonly onChange: Change;
}

function WindowMenu({ title, panelId, onChange }: WindowMenuProps) {
  const face = (
    <span className={styles["more"]}>
      <span className="visually-hidden">More for {title}</span>
      <Ellipsis size={16} aria-hidden />
    </span>
  );
  return (
    <Menu label={`More for ${title}`} face={face}>
      <MenuItem icon={PanelLeft} onSelect={() => onChange((all) => dock(all, panelId, "left"))}>
        Dock left
      </MenuItem>
      <MenuItem icon={PanelRight} onSelect={() => onChange((all) => dock(all, panelId, "right"))}>
        Dock right
      </MenuItem>
      <MenuLine />
      <MenuItem icon={SquareArrowOutUpRight} onSelect={() => navigate(panelPlace(panelId))}>
        Open by itself
      </MenuItem>
      <MenuItem icon={Code} onSelect={() => navigate(panelPlace(panelId, "source"))}>
        Edit source
      </MenuItem>
      <MenuLine />
      <MenuItem icon={X} onSelect={() => onChange((all) => remove(all, panelId))}>
        Take off the canvas
      </MenuItem>
    </Menu>
  );
}

function withArrows(event: KeyboardEvent, act: (by: { readonly x: number; readonly y: number }) => void): void {
  const by = STEPS[event.key];
  if (by === undefined) return;
  event.preventDefault();
  act({ x: alongLine(by.x), y: by.y });
}

function useEscape(isActive: boolean, leave: () => void): void {
  const onEscape = useEffectEvent(leave);
  useEffect(() => {
    if (!isActive) return;
    const press = (event: globalThis.KeyboardEvent) => {
      if (event.key === "Escape" && !event.defaultPrevented) onEscape();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [isActive]);
}
