/** One figure with its name. */
import type { ReactElement } from "react";
import { displayFigure } from "../../model/display";
import { classes } from "../attributes";
import { TrendIcon } from "../icons";
import type { DrawProps } from "../registry";

const TRENDS = { up: "rising", down: "falling", neutral: "steady" } as const;

export function Metric({ props, frame }: DrawProps<"Metric">): ReactElement {
  const { label, value, unit, trend } = props;
  return (
    <div
      id={frame.id}
      role="group"
      aria-label={props["aria-label"] ?? label}
      className={classes("nx-metric", frame.className)}
    >
      <div className="nx-metric-label">{label}</div>
      <div className="nx-metric-figure">
        <span className="nx-metric-value">{displayFigure(value) || "–"}</span>
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
