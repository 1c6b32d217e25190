/** The elements of a panel as a list in lists, to choose one from. */
import { type KeyboardEvent, memo, useEffect, useRef } from "react";

import styles from "./DesignPane.module.css";
import { ElementIcon } from "./ElementIcon.tsx";
import { type Item, labelOf } from "./outline.ts";

interface OutlineProps {
  readonly root: Item;
  readonly chosen: Item | null;
  readonly onChoose: (address: string) => void;
}

export function Outline({ root, chosen, onChoose }: OutlineProps) {
  const walk = (event: KeyboardEvent<HTMLElement>) => {
    if (event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    const all = [...event.currentTarget.querySelectorAll<HTMLElement>("button")];
    const at = all.findIndex((each) => each === document.activeElement);
    all[at + (event.key === "ArrowDown" ? 1 : -1)]?.focus();
    event.preventDefault();
  };
  return (
    <ul data-st-elements="" className={styles["tree"]} onKeyDown={walk}>
      <Element item={root} way={wayTo(chosen)} onChoose={onChoose} />
    </ul>
  );
}

interface ElementProps extends Pick<OutlineProps, "onChoose"> {
  readonly item: Item;
  /** The items from this one to the chosen one; none where that is elsewhere. */
  readonly way: readonly Item[];
}

const ELSEWHERE: readonly Item[] = [];

/** Drawn again only on the way to what is chosen: a panel may have thousands. */
const Element = memo(function Element({ item, way, onChoose }: ElementProps) {
  const { address, name, children } = item;
  const isChosen = way.length === 1;
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (isChosen) button.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <li>
      <button
        ref={button}
        type="button"
        aria-pressed={isChosen}
        className={styles["element"]}
        onClick={() => onChoose(address)}
      >
        <ElementIcon name={name} />
        {name === "text" ? <em>text</em> : name} <small>{labelOf(item)}</small>
      </button>
      {children.length > 0 && (
        <ul>
          {children.map((child) => (
            <Element
              key={child.address}
              item={child}
              way={child === way[1] ? way.slice(1) : ELSEWHERE}
              onChoose={onChoose}
            />
          ))}
        </ul>
      )}
    </li>
  );
});

/** The items from the root to one. */
function wayTo(item: Item | null): readonly Item[] {
  const way: Item[] = [];
  for (let at = item; at !== null; at = at.parent) way.unshift(at);
  return way;
}
