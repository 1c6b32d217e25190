/** The elements of a panel as a list in lists, to choose one from. */
import { type KeyboardEvent, useEffect, useRef } from "react";

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
      <Element item={root} chosen={chosen} onChoose={onChoose} />
    </ul>
  );
}

interface ElementProps extends Omit<OutlineProps, "root"> {
  readonly item: Item;
}

function Element({ item, chosen, onChoose }: ElementProps) {
  const { address, name, children } = item;
  const isChosen = address === chosen?.address;
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
            <Element key={child.address} item={child} chosen={chosen} onChoose={onChoose} />
          ))}
        </ul>
      )}
    </li>
  );
}
