/**
 * Keyboard shortcuts: how one is written (`Mod+K`; Mod is Ctrl, or Command on a Mac), when a
 * key press is it, and how a person reads it. What it does is its action's business.
 */

export interface Press {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

const IS_MAC = typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.userAgent);

const ARROWS = { ArrowUp: "↑", ArrowDown: "↓", ArrowLeft: "←", ArrowRight: "→" };
const CAPS: Readonly<Record<string, string>> = IS_MAC
  ? { Mod: "⌘", Alt: "⌥", Escape: "esc", Delete: "⌦", ...ARROWS }
  : { Mod: "Ctrl", Escape: "Esc", Delete: "Del", ...ARROWS };

/** Whether a key press is the shortcut `keys`. */
export function isPress(event: Press, keys: string, isMac = IS_MAC): boolean {
  const parts = keys.split("+");
  const key = parts.at(-1);
  const mod = isMac ? event.metaKey : event.ctrlKey;
  const other = isMac ? event.ctrlKey : event.metaKey;
  return (
    event.key.toLowerCase() === key?.toLowerCase() &&
    mod === parts.includes("Mod") &&
    event.altKey === parts.includes("Alt") &&
    !other
  );
}

/** Whether a shortcut is a bare character, which must not act while somebody types. */
export const isBare = (keys: string): boolean => keys.length === 1;

/** The caps of a shortcut, in order. */
export const keyCaps = (keys: string): readonly string[] =>
  keys.split("+").map((part) => CAPS[part] ?? part);

/** A shortcut as `aria-keyshortcuts` has it. */
export const ariaKeys = (keys: string): string => keys.replace("Mod", IS_MAC ? "Meta" : "Control");

/** Whether typing into this element makes text, so that bare shortcuts stay out of it. */
export function takesText(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  return target.isContentEditable || target.matches("input, textarea, select, [role='textbox']");
}
