/** One figure with its name. */
import type { ReactElement } from "react";
import { display } from "../../model/display";
import { classes } from "../attributes";
import { TrendIcon } from "../icons";
import type { DrawProps } from "../drawing";

/** Digits in groups from 10,000 on: a year stays a year. */
const FIGURE = new Intl.NumberFormat(undefined, {
  useGrouping: "min2",
  maximumSignificantDigits: 12,
});

const TRENDS = { up: "rising", down: "falling", neutral: "steady" } as const;

export function Metric({ props, frame }: DrawProps<"Metric">): ReactElement {
  const { label, value, unit, trend } = props;
  return (
    <div
      id={frame.id}
      role="group"
      // A group is named by its label; a button by all that it says.
      aria-label={props["aria-label"] ?? (frame.press ? undefined : label)}
      className={classes("nx-metric", frame.className)}
      {...frame.press}
    >
      <div className="nx-metric-label">{label}</div>
      <div className="nx-metric-figure">
        <span className="nx-metric-value">{figure(value) || "–"}</span>
        {unit && <span className="nx-metric-unit">{unit}</span>}
        {trend && (
          <span className={`nx-metric-trend nx-trend-${trend}`}>
            <TrendIcon to={trend} />
            <span className="nx-hidden">{TRENDS[trend]}</span>
          </span>
        )}
      </div>
    </div>
  );
}

function figure(value: unknown): string {
  return typeof value === "number" && Number.isFinite(value)
    ? FIGURE.format(value)
    : display(value);
}
