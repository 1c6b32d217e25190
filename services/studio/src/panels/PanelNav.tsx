/** The panels as a list to move through: search narrows it, arrows walk it, Enter opens. */
import { History, PanelsTopLeft, Plus, Search } from "lucide-react";
import { type KeyboardEvent, useRef, useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { PanelSummary } from "../api/wire.ts";
import { Link } from "../app/Link.tsx";
import { search } from "../app/match.ts";
import { navigate, panelPlace, type Place } from "../app/router.ts";
import { useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { useIsUnsaved } from "../source/drafts.ts";
import { titleOf } from "./directory.ts";
import { PanelIcon } from "./PanelIcon.tsx";
import styles from "./PanelNav.module.css";

export function PanelNav({ place }: { readonly place: Place }) {
  const currentId = place.name === "panel" ? place.id : null;
  const { directory, dialog } = useStudio();
  const { phase, panels, workspace } = useStore(directory);
  const canWrite = useCanWrite();
  const [query, setQuery] = useState("");
  const nav = useRef<HTMLElement>(null);
  const found = search(query, panels, titleOf);

  const onKeyDown = (event: KeyboardEvent) => {
    const first = found[0];
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (walk(nav.current, event.key === "ArrowDown" ? 1 : -1)) event.preventDefault();
    } else if (event.key === "Enter" && event.target instanceof HTMLInputElement && first) {
      navigate(panelPlace(first.id));
    } else if (event.key === "Escape" && query !== "") {
      event.preventDefault();
      setQuery("");
    }
  };

  return (
    <nav ref={nav} aria-label="Panels" className={styles["nav"]} onKeyDown={onKeyDown}>
      <SearchField query={query} onChange={setQuery} />
      <div className={styles["pages"]}>
        <Link to={{ name: "canvas" }} className={styles["page"]} aria-current={currentPage(place, "canvas")}>
          <PanelsTopLeft size={15} aria-hidden /> Canvas
        </Link>
        <Link to={{ name: "history" }} className={styles["page"]} aria-current={currentPage(place, "history")}>
          <History size={15} aria-hidden /> History
          {workspace?.branch !== undefined && (
            <span className={styles["branch"]} title={`On branch ${workspace.branch}`}>
              <span className="visually-hidden">, on branch </span>
              {workspace.branch}
            </span>
          )}
        </Link>
      </div>
      <h2 className={styles["heading"]}>
        Panels {phase === "ready" && <span>{panels.length}</span>}
      </h2>
      {phase === "loading" ? (
        <LoadingList />
      ) : (
        <ul className={styles["list"]}>
          {found.map((panel) => (
            <Entry key={panel.id} panel={panel} isCurrent={panel.id === currentId} />
          ))}
        </ul>
      )}
      {phase !== "loading" && found.length === 0 && (
        <p className={styles["none"]}>
          {phase === "failed" ? "Out of reach." : query === "" ? "No panels yet." : "No panel by that name."}
        </p>
      )}
      {canWrite && (
        <button type="button" className={styles["add"]} onClick={() => dialog.set({ kind: "new" })}>
          <Plus size={15} aria-hidden /> New panel
        </button>
      )}
    </nav>
  );
}

const currentPage = (place: Place, name: Place["name"]) => (place.name === name ? "page" : undefined);

interface SearchFieldProps {
  readonly query: string;
  readonly onChange: (query: string) => void;
}

function SearchField({ query, onChange }: SearchFieldProps) {
  return (
    <label className={styles["search"]}>
      <Search size={14} aria-hidden />
      <span className="visually-hidden">Find a panel</span>
      <input
        type="search"
        placeholder="Find a panel"
        autoComplete="off"
        spellCheck={false}
        value={query}
        onChange={(event) => onChange(event.target.value)}
      />
    </label>
  );
}

function Entry({ panel, isCurrent }: { panel: PanelSummary; isCurrent: boolean }) {
  const { drafts } = useStudio();
  const isUnsaved = useIsUnsaved(drafts, panel.id);
  return (
    <li>
      <Link
        to={panelPlace(panel.id)}
        className={styles["entry"]}
        aria-current={isCurrent ? "page" : undefined}
      >
        <PanelIcon panel={panel} size="small" />
        <span className={styles["title"]} title={titleOf(panel)} dir="auto">
          {titleOf(panel)}
        </span>
        {isUnsaved && (
          <span className={styles["unsaved"]} title="Unsaved source">
            <span className="visually-hidden">(unsaved source)</span>
          </span>
        )}
      </Link>
    </li>
  );
}

function LoadingList() {
  return (
    <div role="status" className={styles["loading"]}>
      <span className="visually-hidden">Loading panels</span>
      {[72, 54, 64, 46].map((width) => (
        <span key={width} aria-hidden="true" style={{ width: `${width}%` }} />
      ))}
    </div>
  );
}

/** Move the focus along the list; says whether there was somewhere to go. */
function walk(nav: HTMLElement | null, step: 1 | -1): boolean {
  const stops = [...(nav?.querySelectorAll<HTMLElement>("input, a") ?? [])];
  const at = stops.findIndex((stop) => stop === document.activeElement);
  const next = at === -1 ? undefined : stops[at + step];
  next?.focus();
  return next !== undefined;
}
