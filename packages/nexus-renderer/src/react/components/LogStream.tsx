/** Lines of text, the newest last; follows them unless the reader has scrolled up. */
import { memo, type ReactElement, useLayoutEffect, useRef } from "react";
import { display } from "../../model/display";
import { classes } from "../attributes";
import { Empty } from "../feedback";
import type { DrawProps } from "../drawing";

const SHOWN = 1_000;
const NEAR_END = 24;
const LEVELS = new Set(["debug", "info", "warn", "error"]);

export function LogStream({ props, frame }: DrawProps<"LogStream">): ReactElement {
  const { data, autoScroll } = props;
  const box = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  useLayoutEffect(() => {
    if (autoScroll && following.current && box.current)
      box.current.scrollTop = box.current.scrollHeight;
  }, [data, autoScroll]);
  const skipped = Math.max(0, data.length - SHOWN);
  return (
    <div
      ref={box}
      id={frame.id}
      role="log"
      aria-label={props["aria-label"] ?? "Log"}
      tabIndex={0}
      className={classes("nx-log", frame.className)}
      style={{ height: Math.min(2_000, Math.max(48, props.height)) }}
      onScroll={({ currentTarget: { scrollHeight, scrollTop, clientHeight } }) => {
        following.current = scrollHeight - scrollTop - clientHeight < NEAR_END;
      }}
      {...frame.press}
    >
      {data.length === 0 && <Empty>Nothing logged yet</Empty>}
      {data.slice(skipped).map((line, index) => (
        <Line key={skipped + index} line={line} />
      ))}
    </div>
  );
}

const Line = memo(function Line({ line }: { readonly line: unknown }): ReactElement {
  const { level, message, time } = parts(line);
  return (
    <div className={classes("nx-log-line", level && `nx-log-${level}`)}>
      {time && <span className="nx-log-time">{time}</span>}
      {level && <span className="nx-log-level">{level}</span>}
      <span className="nx-log-message">{message}</span>
    </div>
  );
});

function parts(line: unknown): { level?: string; message: string; time?: string } {
  if (typeof line !== "object" || line === null || Array.isArray(line))
    return { message: display(line) };
  const { level, message, text, time } = line as Record<string, unknown>;
  const known = display(level).toLowerCase();
  return {
    level: LEVELS.has(known) ? known : undefined,
    message: message === undefined && text === undefined ? display(line) : display(message ?? text),
    time: time === undefined ? undefined : clock(time),
  };
}

/** A time of day where the value is a moment, else the value as it is. */
function clock(time: unknown): string {
  const moment = typeof time === "number" || typeof time === "string" ? new Date(time) : null;
  if (!moment || Number.isNaN(moment.getTime()) || /^\d{1,2}:\d{2}/.test(String(time)))
    return display(time);
  return moment.toLocaleTimeString(undefined, { hour12: false });
}
