/**
 * Inside of a running panel: its state, what it told, what ran, how it changed. Loaded when it is
 * first opened.
 */
import "@fontsource-variable/jetbrains-mono/index.css";

import { useConnection } from "nexus-renderer";
import { X } from "lucide-react";
import { type KeyboardEvent, useId, useRef, useState } from "react";

import { ConnectionState } from "../app/ConnectionState.tsx";
import { navigate, panelPlace } from "../app/router.ts";
import { useStudio } from "../app/studio.tsx";
import { IconButton } from "../design/Button.tsx";
import { keep, kept } from "../design/keep.ts";
import { EventsTab } from "./EventsTab.tsx";
import { LogTab } from "./LogTab.tsx";
import { RunsTab } from "./RunsTab.tsx";
import { StateTab } from "./StateTab.tsx";
import styles from "./InspectorPane.module.css";
import { useTold } from "./useTold.ts";

const TABS = ["State", "Events", "Runs", "Log"] as const;
type Tab = (typeof TABS)[number];
const LAST = "nexus.inspect.tab";

export default function InspectorPane({ panelId }: { readonly panelId: string }) {
  const [tab, setTab] = useState<Tab>(() => TABS.find((each) => each === kept(LAST)) ?? "State");
  const id = useId();
  const told = useTold(panelId);
  const choose = (next: Tab) => {
    keep(LAST, next);
    setTab(next);
  };
  return (
    <section aria-label="Inspector" className={styles["pane"]}>
      <header className={styles["toolbar"]}>
        <TabList id={id} chosen={tab} onChoose={choose} />
        <Connection />
        <IconButton label="Close inspector" onClick={() => navigate(panelPlace(panelId))}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div role="tabpanel" id={`${id}-panel`} aria-labelledby={`${id}-${tab}`} className={styles["content"]}>
        {tab === "State" && <StateTab panelId={panelId} />}
        {tab === "Events" && <EventsTab events={told} />}
        {tab === "Runs" && <RunsTab panelId={panelId} />}
        {tab === "Log" && <LogTab panelId={panelId} />}
      </div>
    </section>
  );
}

interface TabListProps {
  readonly id: string;
  readonly chosen: Tab;
  readonly onChoose: (tab: Tab) => void;
}

/** One stop of the Tab key; arrows go along it. */
function TabList({ id, chosen, onChoose }: TabListProps) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const at = (TABS.indexOf(chosen) + step + TABS.length) % TABS.length;
    onChoose(TABS[at] ?? chosen);
    list.current?.querySelectorAll("button")[at]?.focus();
  };
  return (
    <div ref={list} role="tablist" aria-label="Inside of the panel" className={styles["tabs"]} onKeyDown={onKeyDown}>
      {TABS.map((tab) => (
        <button
          key={tab}
          type="button"
          role="tab"
          id={`${id}-${tab}`}
          aria-selected={tab === chosen}
          aria-controls={`${id}-panel`}
          tabIndex={tab === chosen ? 0 : -1}
          onClick={() => onChoose(tab)}
        >
          {tab}
        </button>
      ))}
    </div>
  );
}

function Connection() {
  const { attempts, error } = useConnection(useStudio().client);
  return (
    <span title={error ?? undefined} className={styles["connection"]}>
      <ConnectionState />
      {attempts > 1 && <small>{attempts} attempts</small>}
    </span>
  );
}
