/**
 * The state of a panel as a tree, live and editable; or as it was at an earlier revision, which a
 * slider finds and a press brings back.
 */
import { usePanel } from "nexus-renderer";
import { History } from "lucide-react";
import { useCallback, useEffect, useId, useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { Json, PanelState } from "../api/wire.ts";
import { useStudio } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";
import { useTask } from "../app/useTask.ts";
import { Button } from "../design/Button.tsx";
import { FormError } from "../design/Field.tsx";
import styles from "./StateTab.module.css";
import { Tree } from "./Tree.tsx";

export function StateTab({ panelId }: { readonly panelId: string }) {
  const { api, client } = useStudio();
  const { rev } = usePanel(client.panel(panelId));
  const told = useStateAsOf(useCallback(() => api.readState(panelId), [api, panelId]), rev);
  /** The revision that is looked at; null is the newest, whatever comes. */
  const [past, setPast] = useState<number | null>(null);
  return (
    <>
      <TimeSlider oldest={told?.oldestRev ?? 0} rev={rev} past={past} onChoose={setPast} />
      {past === null ? (
        <LiveState panelId={panelId} computed={told?.computed ?? {}} />
      ) : (
        <PastState panelId={panelId} rev={past} onBack={() => setPast(null)} />
      )}
    </>
  );
}

interface TimeSliderProps {
  /** The first revision whose state is kept. */
  readonly oldest: number;
  readonly rev: number;
  readonly past: number | null;
  readonly onChoose: (rev: number | null) => void;
}

function TimeSlider({ oldest, rev, past, onChoose }: TimeSliderProps) {
  const id = useId();
  const shown = past ?? rev;
  return (
    <div className={styles["time"]}>
      <label htmlFor={id}>
        <History size={14} aria-hidden /> Revision
      </label>
      <input
        id={id}
        type="range"
        min={Math.min(oldest, rev)}
        max={rev}
        value={shown}
        aria-valuetext={past === null ? `${rev}, live` : `${past} of ${rev}`}
        onChange={(event) => {
          const chosen = event.target.valueAsNumber;
          onChoose(chosen === rev ? null : chosen);
        }}
      />
      <output htmlFor={id}>{past === null ? `${rev} · live` : `${past} of ${rev}`}</output>
    </div>
  );
}

interface LiveStateProps {
  readonly panelId: string;
  readonly computed: PanelState["computed"];
}

function LiveState({ panelId, computed }: LiveStateProps) {
  const store = useStudio().client.panel(panelId);
  const { state } = usePanel(store);
  const canWrite = useCanWrite();
  const [refusal, setRefusal] = useState<string | null>(null);
  useEffect(
    () => store.onResult(({ ok, error }) => setRefusal(ok ? null : (error?.message ?? "That was refused."))),
    [store],
  );
  const set = canWrite ? (path: string, value: Json) => store.set(path, value) : undefined;
  return (
    <>
      {refusal !== null && <FormError>{refusal}</FormError>}
      <Group title="State" values={state} onSet={set} none="This panel declares no state." />
      <Group title="Computed" values={computed} none="Nothing is computed." />
    </>
  );
}

/** What the kernel tells as of a revision; the last of it stays while the next is on its way. */
function useStateAsOf(fetch: () => Promise<PanelState>, rev: number): PanelState | null {
  const { value, refresh } = useFetched(fetch);
  useEffect(() => {
    if (rev === 0) return;
    const timer = setTimeout(refresh, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [rev, refresh]);
  return value;
}

/** How long a state must stand still before what is computed from it is asked for. */
const SETTLE_MS = 120;

interface PastStateProps {
  readonly panelId: string;
  readonly rev: number;
  readonly onBack: () => void;
}

function PastState({ panelId, rev, onBack }: PastStateProps) {
  const { api } = useStudio();
  const canWrite = useCanWrite();
  const { value, error } = useFetched(useCallback(() => api.readState(panelId, rev), [api, panelId, rev]));
  const restore = useTask(async () => {
    await api.undo(panelId, { to: rev });
    onBack();
  });
  const failure = error ?? restore.error;
  return (
    <>
      <div className={styles["past"]}>
        <p>As it was. The panel runs on meanwhile.</p>
        <Button onClick={onBack}>Back to live</Button>
        {canWrite && (
          <Button variant="primary" disabled={restore.isBusy} onClick={() => void restore.run()}>
            Bring this back
          </Button>
        )}
      </div>
      {failure !== null && <FormError>{failure.message}</FormError>}
      {value !== null && error === null && (
        <>
          <Group title="State" values={value.state} none="There was no state." />
          <Group title="Computed" values={value.computed} none="Nothing was computed." />
        </>
      )}
    </>
  );
}

interface GroupProps {
  readonly title: string;
  readonly values: Readonly<Record<string, Json>>;
  readonly onSet?: ((path: string, value: Json) => void) | undefined;
  readonly none: string;
}

function Group({ title, values, onSet, none }: GroupProps) {
  const names = Object.keys(values);
  return (
    <section className={styles["group"]} aria-label={title}>
      <h3>{title}</h3>
      {names.length === 0 ? <p>{none}</p> : <Tree value={values as Json} path="" onSet={onSet} />}
    </section>
  );
}
