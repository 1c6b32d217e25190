/** Somebody, as one letter on a tint. */
import styles from "./Initial.module.css";

export function Initial({ name }: { readonly name: string }) {
  return (
    <span aria-hidden="true" className={styles["initial"]}>
      {[...name.trim()][0]?.toUpperCase() ?? "?"}
    </span>
  );
}
