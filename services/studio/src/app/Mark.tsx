/** The sign of Nexus. */
import styles from "./Mark.module.css";

export function Mark({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" className={styles["mark"]}>
      <rect width="32" height="32" rx="8" />
      <path d="M10.5 22.5v-13l11 13v-13" />
    </svg>
  );
}
