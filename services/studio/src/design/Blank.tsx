/** What stands where there is nothing to show: a sign, a sentence, a way on. */
import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";

import styles from "./Blank.module.css";

interface BlankProps {
  readonly icon: LucideIcon;
  readonly title: string;
  readonly children: ReactNode;
  readonly action?: ReactNode;
}

export function Blank({ icon: Icon, title, children, action }: BlankProps) {
  return (
    <section className={styles["blank"]}>
      <span className={styles["sign"]}>
        <Icon size={22} strokeWidth={1.75} aria-hidden />
      </span>
      <h2>{title}</h2>
      <p>{children}</p>
      {action}
    </section>
  );
}
