/** A page of the studio beside the panels: a title, and sections in one column. */
import type { ReactNode } from "react";

import { MenuButton } from "../app/Shell.tsx";
import { usePageTitle } from "../app/title.ts";
import styles from "./Page.module.css";

interface PageProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly action?: ReactNode;
  readonly children: ReactNode;
}

export function Page({ title, about, action, children }: PageProps) {
  usePageTitle(title);
  return (
    <div className={styles["page"]}>
      <div className={styles["column"]}>
        <header className={styles["header"]}>
          <MenuButton />
          <div>
            <h1>{title}</h1>
            {about != null && <p>{about}</p>}
          </div>
          {action}
        </header>
        {children}
      </div>
    </div>
  );
}

interface SectionProps {
  readonly title: string;
  readonly about?: ReactNode;
  readonly action?: ReactNode;
  readonly children?: ReactNode;
}

export function Section({ title, about, action, children }: SectionProps) {
  return (
    <section className={styles["section"]} aria-label={title}>
      <header>
        <div>
          <h2>{title}</h2>
          {about != null && <p>{about}</p>}
        </div>
        {action}
      </header>
      {children}
    </section>
  );
}

/** Things in a list, each with what can be done about it at its end. */
export function Rows({ children }: { readonly children: ReactNode }) {
  return <ul className={styles["rows"]}>{children}</ul>;
}

interface RowProps {
  readonly sign?: ReactNode;
  readonly title: ReactNode;
  readonly about?: ReactNode;
  readonly children?: ReactNode;
}

export function Row({ sign, title, about, children }: RowProps) {
  return (
    <li className={styles["row"]}>
      {sign}
      <div className={styles["words"]}>
        <strong>{title}</strong>
        {about != null && <small>{about}</small>}
      </div>
      {children}
    </li>
  );
}
