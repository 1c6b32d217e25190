/** A menu under a button: arrows move in it, Escape and a press elsewhere close it. */
import type { LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { IconButton } from "./Button.tsx";
import styles from "./Menu.module.css";

interface MenuProps {
  readonly label: string;
  readonly icon: LucideIcon;
  readonly children: ReactNode;
}

export function Menu({ label, icon: Icon, children }: MenuProps) {
  const [isOpen, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);

  useEffect(() => {
    if (!isOpen) return;
    itemsOf(root.current)[0]?.focus();
    const closeElsewhere = (event: Event) => {
      if (!(event.target instanceof Node) || !root.current?.contains(event.target)) setOpen(false);
    };
    addEventListener("pointerdown", closeElsewhere);
    addEventListener("focusin", closeElsewhere);
    return () => {
      removeEventListener("pointerdown", closeElsewhere);
      removeEventListener("focusin", closeElsewhere);
    };
  }, [isOpen]);

  const close = () => {
    setOpen(false);
    root.current?.querySelector("button")?.focus();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape" && isOpen) close();
    else if (event.key === "ArrowDown") moveFocus(root.current, 1);
    else if (event.key === "ArrowUp") moveFocus(root.current, -1);
    else return;
    event.preventDefault();
  };

  return (
    <div ref={root} className={styles["root"]} onKeyDown={onKeyDown}>
      <IconButton
        label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <Icon size={17} aria-hidden />
      </IconButton>
      {isOpen && (
        // A chosen item closes the menu; the focus goes back to the button, or from there on.
        <div role="menu" aria-label={label} className={styles["menu"]} onClick={close}>
          {children}
        </div>
      )}
    </div>
  );
}

interface MenuItemProps {
  readonly icon: LucideIcon;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon: Icon, onSelect, children }: MenuItemProps) {
  return (
    <button type="button" role="menuitem" className={styles["item"]} onClick={onSelect}>
      <Icon size={15} aria-hidden />
      {children}
    </button>
  );
}

const itemsOf = (root: HTMLElement | null): HTMLElement[] => [
  ...(root?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? []),
];

function moveFocus(root: HTMLElement | null, step: 1 | -1): void {
  const items = itemsOf(root);
  const at = items.findIndex((item) => item === document.activeElement);
  items.at((at + step) % items.length)?.focus();
}
