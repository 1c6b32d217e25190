/**
 * A list of objects as a picture, with the same figures as a table for who cannot see it.
 *
 * The library that plots is loaded when the first chart is drawn.
 */
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import { display, displayFigure } from "../../model/display";
import { classes } from "../attributes";
import { Empty } from "../feedback";
import type { DrawProps } from "../drawing";

const Plot = lazy(() => import("./plot"));
const MAX_POINTS = 2_000;

export function Chart({ props, frame }: DrawProps<"Chart">): ReactElement {
  const { type, data, title } = props;
  const height = Math.min(2_000, Math.max(80, props.height));
  const series = useMemo(
    () => toSeries(data, props.xKey, props.yKey),
    [data, props.xKey, props.yKey],
  );
  const label =
    props["aria-label"] ??
    title ??
    `${KINDS[type]} chart of ${series.y.join(", ")}`;
  return (
    <figure id={frame.id} className={classes("nx-chart", frame.className)}>
      {title && <figcaption className="nx-chart-title">{title}</figcaption>}
      <div className="nx-chart-picture" role="img" aria-label={label} style={{ height }}>
        {series.points.length === 0 ? (
          <Empty>No data</Empty>
        ) : (
          <Suspense fallback={<div className="nx-skeleton nx-chart-skeleton" />}>
            <Plot type={type} points={series.points} x={series.x} y={series.y} height={height} />
          </Suspense>
        )}
      </div>
      {series.points.length > 0 && <DataTable label={label} series={series} />}
    </figure>
  );
}

export type ChartType = DrawProps<"Chart">["props"]["type"];

const KINDS: Readonly<Record<ChartType, string>> = {
  line: "Line",
  bar: "Bar",
  area: "Area",
  pie: "Pie",
  scatter: "Scatter",
};

export interface Series {
  readonly points: readonly Readonly<Record<string, string | number | null>>[];
  readonly x: string;
  readonly y: readonly string[];
}

/** Pick the columns: x as text or number, each y as a number or a gap. */
function toSeries(data: readonly unknown[], xKey: string | undefined, yKey: unknown): Series {
  const rows = data.slice(-MAX_POINTS).map((row, index) => asPoint(row, index));
  const keys = Object.keys(rows[0] ?? {});
  const x = xKey ?? keys[0] ?? "x";
  const wanted = (Array.isArray(yKey) ? yKey : [yKey]).map(display).filter(Boolean);
  const y =
    wanted.length > 0
      ? wanted
      : keys.filter((key) => key !== x && typeof rows[0]?.[key] === "number");
  const points = rows.map((row) =>
    Object.fromEntries([[x, label(row[x])], ...y.map((key) => [key, figure(row[key])] as const)]),
  );
  return { points, x, y };
}

/** A bare figure is a point at its position. */
function asPoint(row: unknown, index: number): Record<string, unknown> {
  if (typeof row !== "object" || row === null) return { x: index + 1, value: row };
  return Object.fromEntries(Object.entries(row));
}

const label = (value: unknown): string | number =>
  typeof value === "number" ? value : display(value);

function figure(value: unknown): number | null {
  if (value === null || value === undefined || value === "") return null;
  const number = Number(value);
  return Number.isFinite(number) ? number : null;
}

function DataTable({
  label: caption,
  series,
}: {
  readonly label: string;
  readonly series: Series;
}): ReactElement {
  const columns = [series.x, ...series.y];
  return (
    <table className="nx-hidden">
      <caption>{caption}</caption>
      <thead>
        <tr>
          {columns.map((key) => (
            <th key={key} scope="col">
              {key}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {series.points.map((point, index) => (
          <tr key={index}>
            {columns.map((key) => (
              <td key={key}>{displayFigure(point[key])}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
