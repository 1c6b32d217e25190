/** What the keyboard can do. */
import { Compass } from "lucide-react";

import { Button } from "../design/Button.tsx";
import { Dialog } from "../design/Dialog.tsx";
import { DESIGN_KEYS, ELEMENT_KEYS } from "../properties/keys.ts";
import { keysAlong } from "./direction.ts";
import { Keys } from "./Keys.tsx";
import type { Action } from "./actions.ts";
import styles from "./HelpDialog.module.css";
import { useStudio } from "./studio.tsx";

const IN_THE_EDITOR: readonly (readonly [string, string])[] = [
  ["F8", "Next problem"],
  ["Mod+F", "Find in the source"],
  ["Mod+Z", "Undo"],
  ["Escape+Tab", "Leave the editor"],
];

const inTheDesign = () =>
  Object.values({ ...ELEMENT_KEYS, ...DESIGN_KEYS }).map(({ keys, title }) => [keysAlong(keys), title] as const);

interface HelpDialogProps {
  readonly actions: readonly Action[];
  readonly onClose: () => void;
}

export function HelpDialog({ actions, onClose }: HelpDialogProps) {
  const { tour } = useStudio();
  const anywhere = actions.flatMap(({ keys, title }) =>
    keys === undefined ? [] : [[keys, title.replace("…", "")] as const],
  );
  return (
    <Dialog title="Keyboard shortcuts" size="small" onClose={onClose}>
      <div className={styles["help"]}>
        <Group title="Anywhere" rows={anywhere} />
        <Group title="In the source" rows={IN_THE_EDITOR} />
        <Group title="In the design" rows={inTheDesign()} />
        <Button
          onClick={() => {
            onClose();
            tour.set({ at: "choose" });
          }}
        >
          <Compass size={15} aria-hidden /> Take the tour
        </Button>
      </div>
    </Dialog>
  );
}

interface GroupProps {
  readonly title: string;
  readonly rows: readonly (readonly [string, string])[];
}

function Group({ title, rows }: GroupProps) {
  return (
    <section>
      <h3>{title}</h3>
      <dl>
        {rows.map(([keys, what]) => (
          <div key={what}>
            <dt>{what}</dt>
            <dd>
              <Keys keys={keys} isExplained />
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
