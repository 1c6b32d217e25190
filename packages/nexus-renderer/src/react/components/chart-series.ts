/** What a chart plots: the columns picked from its data. */
import { display } from "../../model/display";
import type { DrawProps } from "../drawing";

export type ChartType = DrawProps<"Chart">["props"]["type"];

const MAX_POINTS = 2_000;

export interface Series {
  readonly points: readonly Readonly<Record<string, string | number | null>>[];
  readonly x: string;
  readonly y: readonly string[];
}

/** Pick the columns: x as text or number, each y as a number or a gap. */
export function toSeries(data: readonly unknown[], xKey: string | undefined, yKey: unknown): Series {
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
