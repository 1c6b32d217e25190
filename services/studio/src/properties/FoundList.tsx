/** What is wrong with a field, below it, and a button for what mends it. */
import { CircleAlert, Info, TriangleAlert, WandSparkles } from "lucide-react";
import { useEffect, useRef } from "react";

import type { Diagnostic, Fix } from "../api/wire.ts";
import { classes } from "../design/classes.ts";
import styles from "./FoundList.module.css";

const ICONS = { error: CircleAlert, warning: TriangleAlert, info: Info };

interface FoundListProps {
  readonly id: string;
  readonly found: readonly Diagnostic[];
  readonly isFixed: boolean;
  readonly onFix: (fix: Fix) => void;
}

export function FoundList({ id, found, isFixed, onFix }: FoundListProps) {
  const list = useRef<HTMLDivElement>(null);
  const isFound = found.length > 0;
  useEffect(() => {
    const isTyped = list.current?.parentElement?.contains(document.activeElement) === true;
    if (isFound && isTyped) list.current?.scrollIntoView({ block: "nearest" });
  }, [isFound]);
  return (
    // There before anything is found, so that what comes is told.
    <div ref={list} id={id} aria-live="polite" className={styles["list"]}>
      {found.map(({ code, severity, message, hint, loc, fix }) => {
        const Icon = ICONS[severity];
        return (
          <div key={`${code}:${loc.line}:${loc.column}:${message}`} className={styles["found"]}>
            <p className={classes(styles["words"], styles[severity])}>
              <Icon size={14} aria-label={severity} />
              <span>
                {message} <small>{hint}</small>
              </span>
            </p>
            {fix != null && !isFixed && (
              <button
                type="button"
                className={styles["fix"]}
                // The field keeps the focus, and what is typed in it is not written before the fix.
                onPointerDown={(event) => event.preventDefault()}
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => onFix(fix)}
              >
                <WandSparkles size={13} aria-hidden />
                {fix.title}
              </button>
            )}
          </div>
        );
      })}
    </div>
  );
}
