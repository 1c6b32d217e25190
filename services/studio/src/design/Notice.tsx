/** A calm word across the top of something: what happened, and what can be done about it. */
import { CircleAlert, CircleCheck, CloudOff, GitCompare, Trash2 } from "lucide-react";
import type { ReactNode } from "react";

import { classes } from "./classes.ts";
import styles from "./Notice.module.css";

const ICONS = { problem: CircleAlert, good: CircleCheck, offline: CloudOff, conflict: GitCompare, gone: Trash2 };

interface NoticeProps {
  readonly kind: keyof typeof ICONS;
  readonly title: string;
  readonly children?: ReactNode;
  readonly actions?: ReactNode;
}

export function Notice({ kind, title, children, actions }: NoticeProps) {
  const Icon = ICONS[kind];
  return (
    <div role="status" className={classes(styles["notice"], styles[kind])}>
      <Icon size={16} aria-hidden className={styles["icon"]} />
      <div className={styles["words"]}>
        <strong>{title}</strong>
        {children != null && <p>{children}</p>}
      </div>
      {actions != null && <div className={styles["actions"]}>{actions}</div>}
    </div>
  );
}
