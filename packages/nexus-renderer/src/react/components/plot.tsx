/** Plots a chart's series with Recharts, in the colours of the theme. Loaded when first needed. */
import type { ReactElement } from "react";
import {
  Bar,
  BarChart,
  CartesianGrid,
  Legend,
  Line,
  LineChart,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from "recharts";
import type { Series } from "./Chart";

interface PlotProps extends Series {
  readonly type: "line" | "bar";
  readonly height: number;
}

const COLOURS = 6;
const colour = (index: number): string => `var(--nx-chart-${(index % COLOURS) + 1})`;
const MARGIN = { top: 8, right: 12, bottom: 0, left: 0 };
const TICK = { fill: "var(--nx-text-faint)", fontSize: 12 };
const COMPACT = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 2 });

export default function Plot({ type, points, x, y, height }: PlotProps): ReactElement {
  const Frame = type === "bar" ? BarChart : LineChart;
  return (
    <ResponsiveContainer width="100%" height={height} initialDimension={{ width: 480, height }}>
      <Frame data={points as Record<string, unknown>[]} margin={MARGIN} accessibilityLayer={false}>
        <CartesianGrid vertical={false} stroke="var(--nx-border)" />
        <XAxis
          dataKey={member(x)}
          name={x}
          tick={TICK}
          tickLine={false}
          axisLine={false}
          tickMargin={8}
          minTickGap={24}
        />
        <YAxis
          tick={TICK}
          tickLine={false}
          axisLine={false}
          width="auto"
          tickFormatter={(value: number) => COMPACT.format(value)}
        />
        <Tooltip
          cursor={
            type === "bar" ? { fill: "var(--nx-hover)" } : { stroke: "var(--nx-border-strong)" }
          }
          isAnimationActive={false}
        />
        {y.length > 1 && <Legend iconType="circle" iconSize={8} itemSorter={null} />}
        {y.map((key, index) =>
          type === "bar" ? (
            <Bar
              key={key}
              dataKey={member(key)}
              name={key}
              fill={colour(index)}
              radius={[3, 3, 0, 0]}
              maxBarSize={48}
              isAnimationActive={false}
            />
          ) : (
            <Line
              key={key}
              dataKey={member(key)}
              name={key}
              stroke={colour(index)}
              type="monotone"
              strokeWidth={2}
              dot={points.length < 2}
              activeDot={{ r: 4 }}
              isAnimationActive={false}
            />
          ),
        )}
      </Frame>
    </ResponsiveContainer>
  );
}

/** A function, since a text with dots or brackets would be taken for a path. */
const member = (key: string) => (point: Readonly<Record<string, unknown>>) =>
  point[key] as number | string;
