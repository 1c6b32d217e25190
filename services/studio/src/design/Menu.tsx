/** A menu under a button: arrows move in it, Escape and a press elsewhere close it. */
import { Check, type LucideIcon } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { IconButton } from "./Button.tsx";
import { classes } from "./classes.ts";
import styles from "./Menu.module.css";

interface MenuProps {
  /** What the menu is called, and the button where it shows an icon only. */
  readonly label: string;
  /** What the button shows: an icon, or words of its own, which are its name. */
  readonly icon?: LucideIcon;
  readonly face?: ReactNode;
  readonly place?: "below-right" | "below-left" | "above-left";
  readonly className?: string | undefined;
  readonly children: ReactNode;
}

export function Menu({ label, icon: Icon, face, place = "below-right", className, children }: MenuProps) {
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

  const opener = {
    "aria-haspopup": "menu",
    "aria-expanded": isOpen,
    onClick: () => setOpen(!isOpen),
  } as const;
  return (
    <div ref={root} className={classes(styles["root"], className)} onKeyDown={onKeyDown}>
      {Icon === undefined ? (
        <button type="button" className={styles["face"]} {...opener}>
          {face}
        </button>
      ) : (
        <IconButton label={label} {...opener}>
          <Icon size={17} aria-hidden />
        </IconButton>
      )}
      {isOpen && (
        // A chosen item closes the menu; the focus goes back to the button, or from there on.
        <div role="menu" aria-label={label} className={classes(styles["menu"], styles[place])} onClick={close}>
          {children}
        </div>
      )}
    </div>
  );
}

interface MenuItemProps {
  readonly icon: LucideIcon;
  /** One of several of which one holds: whether this one does. */
  readonly isChosen?: boolean;
  readonly onSelect: () => void;
  readonly children: ReactNode;
}

export function MenuItem({ icon: Icon, isChosen, onSelect, children }: MenuItemProps) {
  const role = isChosen === undefined ? "menuitem" : "menuitemradio";
  return (
    <button type="button" role={role} aria-checked={isChosen} className={styles["item"]} onClick={onSelect}>
      <Icon size={15} aria-hidden />
      <span>{children}</span>
      {isChosen === true && <Check size={14} aria-hidden />}
    </button>
  );
}

/** A line between two groups of items. */
export function MenuLine() {
  return <hr className={styles["line"]} />;
}

const itemsOf = (root: HTMLElement | null): HTMLElement[] => [
  ...(root?.querySelectorAll<HTMLElement>("[role^=menuitem]") ?? []),
];

function moveFocus(root: HTMLElement | null, step: 1 | -1): void {
  const items = itemsOf(root);
  const at = items.findIndex((item) => item === document.activeElement);
  items.at((at + step) % items.length)?.focus();
}
