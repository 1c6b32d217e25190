/** The findings as a list below the editor: a press goes to the place, a fix mends it. */
import { ChevronDown, CircleAlert, Info, TriangleAlert, WandSparkles } from "lucide-react";
import { useState } from "react";

import type { Diagnostic, Severity } from "../api/wire.ts";
import { classes } from "../design/classes.ts";
import styles from "./Problems.module.css";

const ICONS = { error: CircleAlert, warning: TriangleAlert, info: Info };
const RANK: Readonly<Record<Severity, number>> = { error: 0, warning: 1, info: 2 };

interface ProblemsProps {
  readonly diagnostics: readonly Diagnostic[];
  /** Whether the findings describe the text as it stands, so that their fixes fit. */
  readonly canFix: boolean;
  readonly onJump: (diagnostic: Diagnostic) => void;
  readonly onFix: (diagnostic: Diagnostic) => void;
}

export function Problems({ diagnostics, canFix, onJump, onFix }: ProblemsProps) {
  const [isOpen, setOpen] = useState(true);
  if (diagnostics.length === 0) return null;
  const sorted = diagnostics.toSorted(
    (one, other) => RANK[one.severity] - RANK[other.severity] || one.loc.line - other.loc.line,
  );
  return (
    <section aria-label="Problems" className={styles["problems"]}>
      <button
        type="button"
        className={styles["heading"]}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        <ChevronDown size={14} aria-hidden />
        Problems <span>{diagnostics.length}</span>
      </button>
      {isOpen && (
        <ul>
          {sorted.map((diagnostic) => (
            <Problem
              key={keyOf(diagnostic)}
              diagnostic={diagnostic}
              canFix={canFix}
              onJump={onJump}
              onFix={onFix}
            />
          ))}
        </ul>
      )}
    </section>
  );
}

interface ProblemProps extends Omit<ProblemsProps, "diagnostics"> {
  readonly diagnostic: Diagnostic;
}

function Problem({ diagnostic, canFix, onJump, onFix }: ProblemProps) {
  const { severity, message, hint, code, loc, fix } = diagnostic;
  const Icon = ICONS[severity];
  return (
    <li className={styles["problem"]}>
      <button type="button" className={styles["jump"]} title={code} onClick={() => onJump(diagnostic)}>
        <Icon size={15} aria-label={severity} className={classes(styles["icon"], styles[severity])} />
        <span className={styles["words"]}>
          <span>{message}</span>
          <small>{hint}</small>
        </span>
        <span className={styles["place"]}>
          <span className="visually-hidden">line </span>
          {loc.line}:{loc.column}
        </span>
      </button>
      {fix != null && (
        <button
          type="button"
          className={styles["fix"]}
          disabled={!canFix}
          onClick={() => onFix(diagnostic)}
        >
          <WandSparkles size={13} aria-hidden />
          {fix.title}
        </button>
      )}
    </li>
  );
}

const keyOf = ({ code, loc, message }: Diagnostic): string =>
  `${code}:${loc.line}:${loc.column}:${message}`;
