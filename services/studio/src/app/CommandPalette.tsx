/** Type a few letters, press Enter: every panel and every action from the keyboard. */
import { GitBranch, Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useCallback, useEffect, useId, useMemo, useRef, useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { Branch, PanelSummary } from "../api/wire.ts";
import { Dialog } from "../design/Dialog.tsx";
import { Keys } from "./Keys.tsx";
import { titleOf } from "../panels/directory.ts";
import { PanelIcon } from "../panels/PanelIcon.tsx";
import type { Action } from "./actions.ts";
import styles from "./CommandPalette.module.css";
import { search } from "./match.ts";
import { navigate, panelPlace } from "./router.ts";
import { useStore } from "./store.ts";
import { type Studio, useStudio } from "./studio.tsx";
import { useFetched } from "./useFetched.ts";

interface Entry {
  readonly id: string;
  readonly group: "Panels" | "Actions" | "Branches";
  readonly title: string;
  readonly sign: ReactNode;
  readonly keys?: string | undefined;
  run(): void;
}

interface CommandPaletteProps {
  readonly actions: readonly Action[];
  readonly onClose: () => void;
}

export function CommandPalette({ actions, onClose }: CommandPaletteProps) {
  const studio = useStudio();
  const { panels } = useStore(studio.directory);
  const branches = useBranches(studio);
  const [query, setQuery] = useState("");
  const [chosen, setChosen] = useState(0);
  const list = useId();
  const entries = useMemo(
    () => [
      ...panels.map(panelEntry),
      ...actions.filter(({ id }) => id !== "palette").map(actionEntry),
      ...branches.map((branch) => branchEntry(branch, studio)),
    ],
    [panels, actions, branches, studio],
  );
  const found = search(query, entries, (entry) => entry.title);
  const current = Math.min(chosen, found.length - 1);

  const run = (entry: Entry | undefined) => {
    if (entry === undefined) return;
    onClose();
    entry.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown") setChosen((current + 1) % Math.max(1, found.length));
    else if (event.key === "ArrowUp") setChosen((current - 1 + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") run(found[current]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog title="Commands" kind="bare" onClose={onClose}>
      <div className={styles["field"]}>
        <Search size={17} aria-hidden />
        <input
          role="combobox"
          aria-label="Search panels and actions"
          aria-expanded={found.length > 0}
          aria-controls={list}
          aria-activedescendant={found[current] && `${list}-${current}`}
          autoFocus
          autoComplete="off"
          spellCheck={false}
          placeholder="Search panels and actions"
          value={query}
          onChange={(event) => {
            setQuery(event.target.value);
            setChosen(0);
          }}
          onKeyDown={onKeyDown}
        />
        <Keys keys="Escape" />
      </div>
      <ul id={list} role="listbox" aria-label="Panels and actions" className={styles["list"]}>
        {found.map((entry, at) => (
          <Option
            key={entry.id}
            id={`${list}-${at}`}
            entry={entry}
            // Ranked by fit the groups mix; their names would only get in the way.
            heading={query.trim() === "" && entry.group !== found[at - 1]?.group ? entry.group : null}
            isChosen={at === current}
            onPoint={() => setChosen(at)}
            onRun={() => run(entry)}
          />
        ))}
      </ul>
      {found.length === 0 && (
        <p role="status" className={styles["none"]}>
          Nothing fits “{query}”.
        </p>
      )}
    </Dialog>
  );
}

interface OptionProps {
  readonly id: string;
  readonly entry: Entry;
  readonly heading: string | null;
  readonly isChosen: boolean;
  readonly onPoint: () => void;
  readonly onRun: () => void;
}

function Option({ id, entry, heading, isChosen, onPoint, onRun }: OptionProps) {
  const ref = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) ref.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  return (
    <>
      {heading !== null && (
        <li role="presentation" className={styles["heading"]}>
          {heading}
        </li>
      )}
      <li
        ref={ref}
        id={id}
        role="option"
        aria-selected={isChosen}
        className={styles["option"]}
        onPointerMove={onPoint}
        onClick={onRun}
      >
        {entry.sign}
        <span>{entry.title}</span>
        {entry.keys !== undefined && <Keys keys={entry.keys} />}
      </li>
    </>
  );
}

const NO_BRANCHES: readonly Branch[] = [];

/** The branches that one may switch to; none until they are known. */
function useBranches({ api }: Studio): readonly Branch[] {
  const canWrite = useCanWrite();
  const read = useCallback(async () => (canWrite ? api.listBranches() : NO_BRANCHES), [api, canWrite]);
  const { value } = useFetched(read);
  return useMemo(() => (value ?? NO_BRANCHES).filter(({ checkedOut }) => !checkedOut), [value]);
}

const branchEntry = ({ name }: Branch, { dialog }: Studio): Entry => ({
  id: `branch:${name}`,
  group: "Branches",
  title: `Switch to branch ${name}…`,
  sign: <GitBranch size={16} aria-hidden className={styles["sign"]} />,
  run: () => dialog.set({ kind: "switch", branch: name }),
});

const panelEntry = (panel: PanelSummary): Entry => ({
  id: `panel:${panel.id}`,
  group: "Panels",
  title: titleOf(panel),
  sign: <PanelIcon panel={panel} size="small" />,
  run: () => navigate(panelPlace(panel.id)),
});

function actionEntry({ id, title, icon: Icon, keys, run }: Action): Entry {
  const sign = <Icon size={16} aria-hidden className={styles["sign"]} />;
  return { id: `action:${id}`, group: "Actions", title, sign, keys, run };
}
