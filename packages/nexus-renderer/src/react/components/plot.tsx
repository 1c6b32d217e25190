/** Plots a chart's series with Recharts, in the colours of the theme. Loaded when first needed. */
import type { ReactElement } from "react";
import {
  Area,
  AreaChart,
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  Pie,
  PieChart,
  ResponsiveContainer,
  Scatter,
  ScatterChart,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { ChartType, Series } from "./chart-series";

interface PlotProps extends Series {
  readonly type: ChartType;
  readonly height: number;
}

const COLOURS = 6;

/** A colour of the theme; those beyond the sixth are the same ones, paler. */
function colour(index: number): string {
  const own = `var(--nx-chart-${(index % COLOURS) + 1})`;
  return index < COLOURS ? own : `color-mix(in oklab, ${own} 50%, var(--nx-surface))`;
}

const MARGIN = { top: 8, right: 12, bottom: 0, left: 0 };
const TICK = { fill: "var(--nx-text-faint)", fontSize: 12 };
const AXIS = { tick: TICK, tickLine: false, axisLine: false } as const;
const LEGEND = { iconType: "circle", iconSize: 8, itemSorter: null } as const;
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 });
const compact = (value: unknown): string =>
  typeof value === "number" ? COMPACT.format(value) : String(value);

export default function Plot(props: PlotProps): ReactElement {
  const { height } = props;
  return (
    <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 480, height }}>
      {draw(props)}
    </ResponsiveContainer>
  );
}

function draw(props: PlotProps): ReactElement {
  switch (props.type) {
    case "pie":
      return slices(props);
    case "scatter":
      return clouds(props);
    case "line":
    case "bar":
    case "area":
      return courses(props);
  }
}

const FRAMES = { line: LineChart, bar: BarChart, area: AreaChart };

/** Values one after the other, along the x axis. */
function courses({ type, points, x, y }: PlotProps): ReactElement {
  const kind = type as keyof typeof FRAMES;
  const Frame = FRAMES[kind];
  return (
    <Frame data={points as Record<string, unknown>[]} margin={MARGIN} accessibilityLayer={false}>
      <CartesianGrid vertical={false} stroke="var(--nx-border)" />
      <XAxis {...AXIS} dataKey={member(x)} name={x} tickMargin={8} minTickGap={24} />
      <YAxis {...AXIS} width="auto" tickFormatter={compact} />
      <Tooltip
        cursor={kind === "bar" ? { fill: "var(--nx-hover)" } : { stroke: "var(--nx-border-strong)" }}
        isAnimationActive={false}
      />
      {y.length > 1 && <Legend {...LEGEND} />}
      {y.map((key, index) => course(kind, key, index, points.length))}
    </Frame>
  );
}

function course(
  type: keyof typeof FRAMES,
  key: string,
  index: number,
  length: number,
): ReactElement {
  const series = { dataKey: member(key), name: key, isAnimationActive: false };
  const stroke = { stroke: colour(index), strokeWidth: 2, type: "monotone" } as const;
  const dots = { dot: length < 2, activeDot: { r: 4 } };
  switch (type) {
    case "bar":
      return (
        <Bar key={key} {...series} fill={colour(index)} radius={[3, 3, 0, 0]} maxBarSize={48} />
      );
    case "area":
      return (
        <Area
          key={key}
          {...series}
          {...stroke}
          {...dots}
          fill={colour(index)}
          fillOpacity={0.16}
        />
      );
    case "line":
      return <Line key={key} {...series} {...stroke} {...dots} />;
  }
}

/** Points by two figures; an x of words is a place on the axis for each. */
function clouds({ points, x, y }: PlotProps): ReactElement {
  const isFigures = points.every((point) => typeof point[x] === "number");
  return (
    <ScatterChart margin={MARGIN} accessibilityLayer={false}>
      <CartesianGrid stroke="var(--nx-border)" />
      <XAxis
        {...AXIS}
        type={isFigures ? "number" : "category"}
        allowDuplicatedCategory={false}
        domain={isFigures ? ["auto", "auto"] : undefined}
        dataKey="x"
        name={x}
        tickMargin={8}
        minTickGap={24}
        tickFormatter={compact}
      />
      <YAxis {...AXIS} type="number" dataKey="y" name={y[0]} width="auto" tickFormatter={compact} />
      <Tooltip cursor={{ stroke: "var(--nx-border-strong)" }} isAnimationActive={false} />
      {y.length > 1 && <Legend {...LEGEND} />}
      {y.map((key, index) => (
        <Scatter
          key={key}
          name={key}
          data={points.filter((point) => point[key] !== null).map((p) => ({ x: p[x], y: p[key] }))}
          fill={colour(index)}
          fillOpacity={0.75}
          isAnimationActive={false}
        />
      ))}
    </ScatterChart>
  );
}

const MOST_SLICES = 12;

/** The first y as parts of a whole; parts beyond the twelfth are one. */
function slices({ points, x, y: [key = ""] }: PlotProps): ReactElement {
  const parts = points
    .map((point) => ({ name: String(point[x]), value: Number(point[key]) }))
    .filter(({ value }) => value > 0);
  const shown = parts.length > MOST_SLICES ? parts.slice(0, MOST_SLICES - 1) : parts;
  const others = parts.slice(shown.length).reduce((sum, { value }) => sum + value, 0);
  const all = others > 0 ? [...shown, { name: "Others", value: others }] : shown;
  return (
    <PieChart margin={MARGIN} accessibilityLayer={false}>
      <Pie
        data={all.map((part, index) => ({ ...part, fill: colour(index) }))}
        dataKey="value"
        nameKey="name"
        innerRadius="52%"
        outerRadius="90%"
        stroke="var(--nx-surface)"
        strokeWidth={2}
        startAngle={90}
        endAngle={-270}
        isAnimationActive={false}
      />
      <Tooltip isAnimationActive={false} />
      <Legend {...LEGEND} />
    </PieChart>
  );
}

/** A function, since a text with dots or brackets would be taken for a path. */
const member = (key: string) => (point: Readonly<Record<string, unknown>>) =>
  point[key] as number | string;
