/** What ran: how long, how much of the host it used, what it did, why it failed; and run again. */
import { CircleAlert, CircleCheck, LoaderCircle, Play, Zap } from "lucide-react";
import { useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { Execution, ExecutionEntry, Replayed } from "../api/wire.ts";
import { navigate, panelPlace } from "../app/router.ts";
import { useStudio } from "../app/studio.tsx";
import { useTask } from "../app/useTask.ts";
import { Blank } from "../design/Blank.tsx";
import { Button } from "../design/Button.tsx";
import { classes } from "../design/classes.ts";
import { FormError } from "../design/Field.tsx";
import { opWords, short } from "./changes.ts";
import { bytes, clock, span } from "./clock.ts";
import styles from "./rows.module.css";
import { usePaged } from "./usePaged.ts";

export function RunsTab({ panelId }: { readonly panelId: string }) {
  const { api } = useStudio();
  const runs = usePaged(panelId, (cursor) => api.listExecutions(panelId, cursor));
  if (runs.error !== null) return <FormError>{runs.error.message}</FormError>;
  if (runs.items.length === 0 && runs.isLoaded) {
    return (
      <Blank icon={Zap} title="Nothing has run yet">
        Press something in the panel: each run of a tool is kept here.
      </Blank>
    );
  }
  return (
    <>
      <ol className={styles["rows"]}>
        {runs.items.map((entry) => (
          <Run key={entry.id} panelId={panelId} entry={entry} />
        ))}
      </ol>
      {runs.more !== null && <Button onClick={runs.more}>Show earlier</Button>}
    </>
  );
}

interface RunProps {
  readonly panelId: string;
  readonly entry: ExecutionEntry;
}

function Run({ panelId, entry }: RunProps) {
  const [isOpen, setOpen] = useState(false);
  const { tool, startedAt, execution } = entry;
  const [Icon, kind, word] =
    execution === undefined
      ? ([LoaderCircle, "running", "running"] as const)
      : execution.ok
        ? ([CircleCheck, "good", "succeeded"] as const)
        : ([CircleAlert, "bad", "failed"] as const);
  return (
    <li className={styles["row"]}>
      <button type="button" className={styles["line"]} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Icon size={14} aria-label={word} className={styles[kind]} />
        <strong>{tool}</strong>
        <span className={styles["quiet"]}>{execution?.metrics && span(execution.metrics.durationMs)}</span>
        <time>{clock(startedAt)}</time>
      </button>
      {execution?.error && <Failure panelId={panelId} error={execution.error} />}
      {isOpen && <RunDetails panelId={panelId} entry={entry} />}
    </li>
  );
}

interface FailureProps {
  readonly panelId: string;
  readonly error: NonNullable<Execution["error"]>;
}

/** The error, and the way to the line that made it. */
function Failure({ panelId, error }: FailureProps) {
  const { place } = useStudio();
  const { loc } = error;
  const show = () => {
    if (loc != null) place.set({ panelId, loc });
    navigate(panelPlace(panelId, "source"));
  };
  return (
    <p className={classes(styles["failure"], styles["bad"])}>
      <span>
        <code>{error.code}</code> {error.message}
      </span>
      {loc != null && (
        <button type="button" className={styles["link"]} onClick={show}>
          line {loc.line}
        </button>
      )}
    </p>
  );
}

function RunDetails({ panelId, entry }: RunProps) {
  const { api } = useStudio();
  const canWrite = useCanWrite();
  const { execution, args, id } = entry;
  const [replayed, setReplayed] = useState<Replayed | null>(null);
  const replay = useTask(async () => setReplayed(await api.replay(panelId, id)));
  const cancel = useTask(() => api.cancel(panelId, id));
  const error = replay.error ?? cancel.error;
  return (
    <div className={styles["details"]}>
      <Facts entry={entry} />
      <Lines title="Arguments" lines={isEmpty(args) ? [] : [short(args)]} />
      <Lines title="Result" lines={execution?.value == null ? [] : [short(execution.value)]} />
      <Lines title="Changes" lines={execution?.patches.map(opWords) ?? []} />
      <Lines title="Events" lines={execution?.events.map((each) => `${each.name} ${short(each.payload)}`) ?? []} />
      <Lines title="Logged" lines={execution?.logs.map(({ level, message }) => `${level}: ${message}`) ?? []} />
      {error !== null && <FormError>{error.message}</FormError>}
      {replayed !== null && <Verdict replayed={replayed} />}
      {canWrite && execution !== undefined && (
        <Button disabled={replay.isBusy} onClick={() => void replay.run()}>
          <Play size={13} aria-hidden /> {replay.isBusy ? "Replaying…" : "Replay"}
        </Button>
      )}
      {canWrite && execution === undefined && (
        <Button disabled={cancel.isBusy} onClick={() => void cancel.run()}>
          Stop
        </Button>
      )}
    </div>
  );
}

function Facts({ entry: { execution } }: { readonly entry: ExecutionEntry }) {
  const { metrics } = execution ?? {};
  if (metrics === undefined) return null;
  const facts: readonly (readonly [string, string])[] = [
    ["Time", span(metrics.durationMs)],
    ["CPU", span(metrics.computeMs)],
    ["Memory", bytes(metrics.memoryBytes)],
    ["Host calls", String(metrics.requests)],
  ];
  return (
    <dl className={styles["facts"]}>
      {facts.map(([what, amount]) => (
        <div key={what}>
          <dt>{what}</dt>
          <dd>{amount}</dd>
        </div>
      ))}
    </dl>
  );
}

function Lines({ title, lines }: { readonly title: string; readonly lines: readonly string[] }) {
  if (lines.length === 0) return null;
  return (
    <div className={styles["lines"]}>
      <h3>{title}</h3>
      {lines.map((line, at) => (
        <code key={at}>{line}</code>
      ))}
    </div>
  );
}

function Verdict({ replayed: { identical, divergence } }: { readonly replayed: Replayed }) {
  if (identical) {
    return (
      <p role="status" className={styles["good"]}>
        The same again, step for step. Nothing was changed.
      </p>
    );
  }
  return (
    <p role="status" className={styles["bad"]}>
      It came out another way
      {divergence && ` at line ${divergence.loc.line}: ${divergence.expected} became ${divergence.found}`}.
    </p>
  );
}

const isEmpty = (args: unknown): boolean =>
  typeof args !== "object" || args === null || Object.keys(args).length === 0;
