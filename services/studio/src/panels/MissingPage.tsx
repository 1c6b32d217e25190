/** Said where an address leads to nothing. */
import { Compass } from "lucide-react";
import type { ReactNode } from "react";

import { navigate } from "../app/router.ts";
import { MenuButton } from "../app/Shell.tsx";
import { usePageTitle } from "../app/title.ts";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import styles from "./MissingPage.module.css";

interface MissingPageProps {
  readonly title: string;
  readonly children: ReactNode;
  /** What there is besides. */
  readonly below?: ReactNode;
}

export function MissingPage({ title, children, below }: MissingPageProps) {
  usePageTitle(title);
  return (
    <div className={styles["page"]}>
      <MenuButton />
      <h1 className="visually-hidden">{title}</h1>
      <Blank
        icon={Compass}
        title={title}
        action={<Button onClick={() => navigate({ name: "home" })}>See all panels</Button>}
      >
        {children}
      </Blank>
      {below}
    </div>
  );
}
