/** A shortcut as a person reads it: one cap a key. */
import { classes } from "../design/classes.ts";
import { keyCaps } from "./shortcuts.ts";
import styles from "./Keys.module.css";

interface KeysProps {
  readonly keys: string;
  /** Whether they are what is told, so that they stay where there may be no keyboard. */
  readonly isExplained?: boolean;
}

export function Keys({ keys, isExplained = false }: KeysProps) {
  return (
    // Keys are pressed in this order, whichever way lines run.
    <kbd dir="ltr" className={classes(styles["keys"], isExplained && styles["explained"])}>
      {keyCaps(keys).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </kbd>
  );
}
