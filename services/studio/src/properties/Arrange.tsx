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

import { keysAlong } from "../app/direction.ts";
import { ariaKeys } from "../app/shortcuts.ts";
import { IconButton } from "../design/Button.tsx";
import styles from "./DesignPane.module.css";
import { ELEMENT_KEYS } from "./keys.ts";
import { aroundOf, insideOf, type Item } from "./outline.ts";
import { dissolved, type Plan, widened, widthOf } from "./rearranging.ts";
import type { Design } from "./useDesign.ts";
import { ACTS } from "./useDesignKeys.ts";

interface ArrangeProps {
  readonly design: Design;
  readonly item: Item;
}

const ICONS = {
  earlier: ArrowUp,
  later: ArrowDown,
  out: ArrowLeftToLine,
  in: ArrowRightToLine,
  row: Columns2,
  duplicate: Copy,
  remove: Trash2,
} as const;
type Name = keyof typeof ICONS;
const DISSOLVE = "Take it away and leave what is in it";

export function Arrange({ design, item }: ArrangeProps) {
  const { name } = item;
  const button = (act: Name, label: string = ELEMENT_KEYS[act].title) => (
    <Act design={design} item={item} label={label} icon={ICONS[act]} keys={ELEMENT_KEYS[act].keys} plan={ACTS[act]} />
  );
  return (
    <div className={styles["arrange"]}>
      <Around design={design} item={item} />
      <div role="group" aria-label={`Arrange this ${name}`} className={styles["bar"]}>
        {button("earlier")}
        {button("later")}
        {button("out")}
        {button("in")}
        <span />
        {button("row")}
        <Act design={design} item={item} label={DISSOLVE} icon={SquareDashed} plan={dissolved} />
        {button("duplicate")}
        {button("remove", `Remove this ${name}`)}
      </div>
      <Span design={design} item={item} />
    </div>
  );
}

interface ActProps extends ArrangeProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly keys?: string;
  readonly plan: (item: Item, source: string) => Plan | null;
}

/** It stays where the focus is when there is nothing more for it to do. */
function Act({ design, item, label, icon: Icon, keys, plan }: ActProps) {
  const isOff = design.isFixed || plan(item, "") === null;
  return (
    <IconButton
      label={label}
      aria-disabled={isOff}
      aria-keyshortcuts={keys && ariaKeys(keysAlong(keys))}
      onClick={() => {
        if (!isOff) design.act(plan);
      }}
    >
      <Icon size={16} aria-hidden />
    </IconButton>
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
