/**
 * A list of objects as a picture, with the same figures as a table for who cannot see it.
 *
 * The library that plots is loaded when the first chart is drawn.
 */
import { lazy, type ReactElement, Suspense, useMemo } from "react";
import { displayFigure } from "../../model/display";
import { classes } from "../attributes";
import { Empty } from "../feedback";
import type { DrawProps } from "../drawing";
import { type ChartType, type Series, toSeries } from "./chart-series";

const Plot = lazy(() => import("./plot"));

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
    <figure id={frame.id} className={classes("nx-chart", frame.className)} {...frame.press}>
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

const KINDS: Readonly<Record<ChartType, string>> = {
  line: "Line",
  bar: "Bar",
  area: "Area",
  pie: "Pie",
  scatter: "Scatter",
};

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
