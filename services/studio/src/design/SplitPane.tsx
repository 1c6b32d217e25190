/** Two panes beside each other, and a divider between them for mouse, touch and keyboard. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useRef, useState } from "react";

import { alongLine, direction } from "../app/direction.ts";
import { keep, kept } from "./keep.ts";
import styles from "./SplitPane.module.css";

const [LEAST, MOST, USUAL, STEP] = [25, 75, 50, 2];

interface SplitPaneProps {
  readonly first: ReactNode;
  /** Without it the first pane has all the room. */
  readonly second: ReactNode | null;
  readonly dividerLabel: string;
  /** On a narrow screen both stand, one above the other; otherwise the second covers the first. */
  readonly keepsFirst?: boolean;
  /** Where the divider's place is kept. */
  readonly storageKey: string;
}

export function SplitPane({ first, second, dividerLabel, keepsFirst = false, storageKey }: SplitPaneProps) {
  const pane = useRef<HTMLDivElement>(null);
  const [share, setShare] = useState(() => firstShare(storageKey));

  const move = (percent: number) => {
    const next = within(percent);
    setShare(next);
    keep(storageKey, String(next));
  };
  const drag = (event: PointerEvent) => {
    const box = pane.current?.getBoundingClientRect();
    if (box === undefined || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
    const start = direction() === "rtl" ? box.right : box.left;
    move((alongLine(event.clientX - start) / box.width) * 100);
  };
  const nudge = (event: KeyboardEvent) => {
    const target = KEY_MOVES[event.key]?.(share);
    if (target === undefined) return;
    event.preventDefault();
    move(target);
  };

  const style = second === null ? {} : { gridTemplateColumns: `${share}fr 1px ${100 - share}fr` };
  return (
    <div ref={pane} className={styles["split"]} style={style}>
      <div className={styles["first"]} data-covered={second !== null && !keepsFirst}>
        {first}
      </div>
      {second !== null && (
        <>
          <div
            role="separator"
            tabIndex={0}
            aria-label={dividerLabel}
            aria-orientation="vertical"
            aria-valuemin={LEAST}
            aria-valuemax={MOST}
            aria-valuenow={Math.round(share)}
            className={styles["divider"]}
            onPointerDown={(event) => event.currentTarget.setPointerCapture(event.pointerId)}
            onPointerMove={drag}
            onKeyDown={nudge}
            onDoubleClick={() => move(USUAL)}
          />
          <div className={styles["second"]}>{second}</div>
        </>
      )}
    </div>
  );
}

const KEY_MOVES: Readonly<Record<string, (share: number) => number>> = {
  ArrowLeft: (share) => share - alongLine(STEP),
  ArrowRight: (share) => share + alongLine(STEP),
  Home: () => LEAST,
  End: () => MOST,
  Enter: () => USUAL,
};

const within = (percent: number): number => Math.min(MOST, Math.max(LEAST, percent));

function firstShare(key: string): number {
  const share = Number(kept(key));
  return share > 0 ? within(share) : USUAL;
}
