/** Where the chosen element stands, and the buttons that change it: order, rows, span, more, fewer. */
import {
  ArrowDown,
  ArrowLeftToLine,
  ArrowRightToLine,
  ArrowUp,
  Columns2,
  Copy,
  type LucideIcon,
  SquareDashed,
  Trash2,
} from "lucide-react";

import { IconButton } from "../design/Button.tsx";
import styles from "./DesignPane.module.css";
import { aroundOf, insideOf, type Item } from "./outline.ts";
import { besideNeighbour, dissolved, duplicated, moved, type Plan, removed, widened, widthOf } from "./rearranging.ts";
import type { Design } from "./useDesign.ts";

interface ArrangeProps {
  readonly design: Design;
  readonly item: Item;
}

interface Button {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly keys?: string;
  readonly plan: (item: Item, source: string) => Plan | null;
}

export function Arrange({ design, item }: ArrangeProps) {
  const name = item.name;
  const buttons: readonly Button[] = [
    { label: "Move earlier", icon: ArrowUp, keys: "Alt+ArrowUp", plan: (at) => moved(at, "earlier") },
    { label: "Move later", icon: ArrowDown, keys: "Alt+ArrowDown", plan: (at) => moved(at, "later") },
    { label: "Move out of its container", icon: ArrowLeftToLine, keys: "Alt+ArrowLeft", plan: (at) => moved(at, "out") },
    { label: "Move into the container beside it", icon: ArrowRightToLine, keys: "Alt+ArrowRight", plan: (at) => moved(at, "in") },
    { label: "Make a row with its neighbour", icon: Columns2, keys: "Alt+R", plan: besideNeighbour },
    { label: "Leave what is in it and take it away", icon: SquareDashed, plan: dissolved },
    { label: "Duplicate", icon: Copy, keys: "Control+D", plan: duplicated },
    { label: `Remove this ${name}`, icon: Trash2, keys: "Delete", plan: removed },
  ];
  return (
    <div className={styles["arrange"]}>
      <Around design={design} item={item} />
      <div role="toolbar" aria-label={`Arrange this ${name}`} className={styles["bar"]}>
        {buttons.map(({ label, icon: Icon, keys, plan }) => {
          const isOff = design.isFixed || plan(item, "") === null;
          return (
            <IconButton
              key={label}
              label={label}
              aria-disabled={isOff}
              aria-keyshortcuts={keys}
              onClick={() => {
                if (!isOff) design.act(plan);
              }}
            >
              <Icon size={16} aria-hidden />
            </IconButton>
          );
        })}
      </div>
      <Span design={design} item={item} />
    </div>
  );
}

/** What the element stands in, each to be chosen. */
function Around({ design, item }: ArrangeProps) {
  const around = aroundOf(item);
  if (around.length === 0) return null;
  return (
    <nav aria-label="What it stands in" className={styles["around"]}>
      <ol>
        {around.map(({ address, name }) => (
          <li key={address}>
            <button type="button" onClick={() => design.choose(address)}>
              {name}
            </button>
          </li>
        ))}
        <li>
          {item.index + 1} of {item.parent ? insideOf(item.parent).length : 1}
        </li>
      </ol>
    </nav>
  );
}

/** The columns of its grid that an element takes, drawn as the grid is. */
function Span({ design, item }: ArrangeProps) {
  const width = widthOf(item);
  if (width === null) return null;
  const steps = [width.own, 12];
  return (
    <fieldset className={styles["span"]} disabled={design.isFixed}>
      <legend>Columns of its grid</legend>
      {steps.map((columns) => (
        <label key={columns}>
          <input
            type="radio"
            name="span"
            checked={columns === width.columns}
            onChange={() => design.act((at, source) => widened(at, columns === 12, source))}
          />
          <span aria-hidden className={styles["grid"]}>
            <span style={{ width: `${(columns / 12) * 100}%` }} />
          </span>
          {columns === 12 ? "12, a row of its own" : `${columns} of 12`}
        </label>
      ))}
    </fieldset>
  );
}
