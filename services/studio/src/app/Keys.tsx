/** A shortcut as a person reads it: one cap a key. */
import { keyCaps } from "./shortcuts.ts";
import styles from "./Keys.module.css";

export function Keys({ keys }: { readonly keys: string }) {
  return (
    // Keys are pressed in this order, whichever way lines run.
    <kbd dir="ltr" className={styles["keys"]}>
      {keyCaps(keys).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </kbd>
  );
}
