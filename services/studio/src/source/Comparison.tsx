/** What somebody else has otherwise than the text here, line by line. */
import { hunksOf } from "./difference.ts";
import styles from "./Comparison.module.css";

/** Who reads on from here reads the whole text. */
const SHOWN = 50;

interface ComparisonProps {
  readonly mine: string;
  readonly theirs: string;
}

export function Comparison({ mine, theirs }: ComparisonProps) {
  const hunks = hunksOf(mine, theirs);
  return (
    <section className={styles["comparison"]} aria-label="What differs" tabIndex={0}>
      <ol>
        {hunks.slice(0, SHOWN).map(({ line, before, after }) => (
          <li key={line}>
            <small>Line {line}</small>
            {before !== "" && <Lines who="Yours" text={before} look="mine" />}
            {after !== "" && <Lines who="Theirs" text={after} look="theirs" />}
          </li>
        ))}
      </ol>
      {hunks.length > SHOWN && <p>And {hunks.length - SHOWN} more.</p>}
    </section>
  );
}

interface LinesProps {
  readonly who: string;
  readonly text: string;
  readonly look: "mine" | "theirs";
}

function Lines({ who, text, look }: LinesProps) {
  return (
    <div className={styles[look]}>
      <small>{who}</small>
      <pre>{text.replace(/\n$/, "")}</pre>
    </div>
  );
}
