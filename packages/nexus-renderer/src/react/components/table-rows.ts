/** Columns and order of a table, as data. */
import { display } from "../../model/display";

export interface Column {
  readonly key: string;
  readonly label: string;
  readonly align: "start" | "center" | "end";
}

export interface TableRow {
  readonly item: unknown;
  /** Position in the data, whatever the order on the screen. */
  readonly index: number;
  readonly key: string;
}

export interface Order {
  readonly column: string;
  readonly direction: "ascending" | "descending";
}

const ALIGNMENTS = new Map([
  ["left", "start"],
  ["start", "start"],
  ["center", "center"],
  ["right", "end"],
  ["end", "end"],
] as const);

/** The columns that are declared, else all members of the first row. */
export function toColumns(
  declared: readonly unknown[] | undefined,
  data: readonly unknown[],
): readonly Column[] {
  const first = data.find((row) => typeof row === "object" && row !== null);
  const wanted = declared?.length ? declared : Object.keys(first ?? {});
  const columns = wanted.map((column) =>
    toColumn(column, first as Record<string, unknown> | undefined),
  );
  return columns.filter(
    (column, index) => columns.findIndex(({ key }) => key === column.key) === index,
  );
}

function toColumn(declared: unknown, first: Record<string, unknown> | undefined): Column {
  const given =
    typeof declared === "object" && declared !== null ? (declared as Record<string, unknown>) : {};
  const key = display(typeof declared === "string" ? declared : (given.key ?? given.name));
  const align = ALIGNMENTS.get(display(given.align) as "start") ?? alignmentOf(first, key);
  return { key, label: display(given.label) || titled(key), align };
}

/** Figures stand at the end, so that their digits line up. */
function alignmentOf(row: Record<string, unknown> | undefined, key: string): Column["align"] {
  return row && Object.hasOwn(row, key) && typeof row[key] === "number" ? "end" : "start";
}

/** `lastSeen` and `last_seen` as "Last seen". */
function titled(key: string): string {
  const words = key
    .replace(/([a-z\d])([A-Z])/g, "$1 $2")
    .replaceAll("_", " ")
    .toLowerCase();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Tell whether two lists of columns are drawn the same. */
export function sameColumns(left: readonly Column[], right: readonly Column[]): boolean {
  return (
    left.length === right.length &&
    left.every(({ key, label, align }, index) => {
      const other = right[index] as Column;
      return key === other.key && label === other.label && align === other.align;
    })
  );
}

/** Ascending, descending, then the order of the data again. */
export function nextOrder(order: Order | null, column: string): Order | null {
  if (order?.column !== column) return { column, direction: "ascending" };
  return order.direction === "ascending" ? { column, direction: "descending" } : null;
}

export function sortRows(rows: readonly TableRow[], order: Order | null): readonly TableRow[] {
  if (!order) return rows;
  const sign = order.direction === "ascending" ? 1 : -1;
  return rows.toSorted(
    (a, b) => sign * compare(member(a.item, order.column), member(b.item, order.column)),
  );
}

/** The rows with a text in one of their columns, whatever its case. */
export function filterRows(
  rows: readonly TableRow[],
  columns: readonly Column[],
  text: string,
): readonly TableRow[] {
  const wanted = text.trim().toLowerCase();
  if (wanted === "") return rows;
  return rows.filter(({ item }) =>
    columns.some(({ key }) => display(member(item, key)).toLowerCase().includes(wanted)),
  );
}

function member(item: unknown, key: string): unknown {
  if (typeof item !== "object" || item === null) return item;
  return Object.hasOwn(item, key) ? (item as Record<string, unknown>)[key] : undefined;
}

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function compare(left: unknown, right: unknown): number {
  if (typeof left === "number" && typeof right === "number") return left - right;
  return collator.compare(display(left), display(right));
}
