/**
 * A list of objects as rows.
 *
 * Knows columns, sorting, pages and the keyboard. A row is drawn again only when its object, its
 * place or the columns change. Very long tables draw the rows in sight.
 */
import {
  type KeyboardEvent,
  memo,
  type ReactElement,
  useCallback,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
} from "react";
import { display, displayFigure } from "../../model/display";
import type { Json } from "../../generated/protocol";
import { useTool } from "../actions";
import { classes } from "../attributes";
import { usePanelContext } from "../context";
import { ChevronIcon } from "../icons";
import { itemKeys } from "../keys";
import type { DrawProps } from "../drawing";
import {
  type Column,
  type Order,
  filterRows,
  nextOrder,
  sameColumns,
  sortRows,
  type TableRow,
  toColumns,
} from "./table-rows";
import { useTold } from "../view-commands";
import { useWindow } from "./table-window";

export function Table({ node, props, frame }: DrawProps<"Table">): ReactElement {
  const { data, sortable, rowKey } = props;
  const columns = useColumns(props.columns, data);
  const [order, setOrder] = useState<Order | null>(null);
  const { filter } = useTold(node.id);
  const rows = useMemo(() => {
    const keys = itemKeys(data, rowKey);
    const all = data.map((item, index) => ({ item, index, key: keys[index] as string }));
    return sortRows(filterRows(all, columns, filter), order);
  }, [data, rowKey, columns, filter, order]);
  const pages = usePages(rows, props.pageSize);
  const box = useRef<HTMLDivElement>(null);
  const view = useWindow(box, pages.rows.length);
  const open = useRowTool(node, props.rowTrigger ?? props.trigger, rowKey);
  const roving = useRoving(box, pages.rows.length, view.reveal);

  return (
    <div id={frame.id} className={classes("nx-table-cell", frame.className)}>
      <div
        ref={box}
        className="nx-table-box"
        role="group"
        aria-label={props["aria-label"] ?? "Table"}
        tabIndex={open ? undefined : 0}
        onScroll={view.onScroll}
      >
        <table
          className="nx-table"
          aria-label={props["aria-label"]}
          aria-rowcount={rows.length + 1}
        >
          <thead>
            <tr>
              {columns.map((column) => (
                <HeaderCell
                  key={column.key}
                  column={column}
                  order={order}
                  onSort={sortable ? () => setOrder(nextOrder(order, column.key)) : undefined}
                />
              ))}
            </tr>
          </thead>
          <tbody onKeyDown={open && roving.onKeyDown} onFocus={open && roving.onFocus}>
            {view.before > 0 && <tr aria-hidden="true" style={{ height: view.before }} />}
            {pages.rows.slice(view.from, view.to).map((row, offset) => {
              const position = view.from + offset;
              return (
                <Row
                  key={row.key}
                  row={row}
                  columns={columns}
                  position={position}
                  rowIndex={pages.first + position + 2}
                  open={open}
                  reachable={position === roving.active}
                />
              );
            })}
            {view.after > 0 && <tr aria-hidden="true" style={{ height: view.after }} />}
          </tbody>
        </table>
        {rows.length === 0 && <p className="nx-empty">No rows</p>}
      </div>
      {pages.count > 1 && <Pager pages={pages} />}
    </div>
  );
}

/** The columns; the same list until one of them is another, so that rows stay as they are. */
function useColumns(
  declared: readonly unknown[] | undefined,
  data: readonly unknown[],
): readonly Column[] {
  const last = useRef<readonly Column[]>([]);
  return useMemo(() => {
    const columns = toColumns(declared, data);
    if (!sameColumns(columns, last.current)) last.current = columns;
    return last.current;
  }, [declared, data]);
}

// ---- header

interface HeaderProps {
  readonly column: Column;
  readonly order: Order | null;
  readonly onSort?: () => void;
}

const DIRECTIONS = { ascending: "up", descending: "down" } as const;

function HeaderCell({ column, order, onSort }: HeaderProps): ReactElement {
  const direction = order?.column === column.key ? order.direction : undefined;
  return (
    <th
      scope="col"
      className={`nx-align-text-${column.align}`}
      aria-sort={onSort && (direction ?? "none")}
    >
      {onSort ? (
        <button type="button" className="nx-table-sort" onClick={onSort}>
          {column.label}
          <span className={classes("nx-table-sort-mark", !direction && "nx-faint")}>
            <ChevronIcon to={direction ? DIRECTIONS[direction] : "both"} />
          </span>
        </button>
      ) : (
        column.label
      )}
    </th>
  );
}

// ---- rows

interface RowProps {
  readonly row: TableRow;
  readonly columns: readonly Column[];
  readonly position: number;
  readonly rowIndex: number;
  readonly open?: (row: TableRow) => void;
  readonly reachable: boolean;
}

const Row = memo(
  function Row({ row, columns, position, rowIndex, open, reachable }: RowProps): ReactElement {
    return (
      <tr
        data-position={position}
        aria-rowindex={rowIndex}
        className={classes(open && "nx-table-action")}
        tabIndex={open && (reachable ? 0 : -1)}
        onClick={open && (() => open(row))}
      >
        {columns.map((column) => (
          <td key={column.key} className={`nx-align-text-${column.align}`}>
            {displayCell(row.item, column.key)}
          </td>
        ))}
      </tr>
    );
  },
  (before, after) =>
    before.row.item === after.row.item &&
    before.row.index === after.row.index &&
    before.columns === after.columns &&
    before.position === after.position &&
    before.rowIndex === after.rowIndex &&
    before.open === after.open &&
    before.reachable === after.reachable,
);

function displayCell(item: unknown, key: string): string {
  if (typeof item !== "object" || item === null) return display(item);
  if (!Object.hasOwn(item, key)) return "";
  const value = (item as Record<string, unknown>)[key];
  return typeof value === "boolean" ? (value ? "Yes" : "No") : displayFigure(value);
}

/** What a row does when it is opened; of `row`, `index`, `key` the tool gets those it declares. */
function useRowTool(
  node: DrawProps<"Table">["node"],
  tool: string | undefined,
  rowKey: string,
): ((row: TableRow) => void) | undefined {
  const { ast } = usePanelContext();
  const { run } = useTool(node, tool);
  const newest = useRef(run);
  useLayoutEffect(() => {
    newest.current = run;
  });
  const declared = ast.logic.tools.find(({ name }) => name === tool)?.args;
  const open = useCallback(
    ({ item, index }: TableRow) => {
      const own = typeof item === "object" && item !== null && Object.hasOwn(item, rowKey);
      const key = own ? (item as Record<string, Json>)[rowKey] : index;
      const all: Record<string, Json> = { row: item as Json, index, key: key ?? null };
      const wanted = Object.entries(all).filter(([name]) =>
        declared?.some((arg) => arg.name === name),
      );
      newest.current(Object.fromEntries(wanted));
    },
    [declared, rowKey],
  );
  return tool ? open : undefined;
}

// ---- keyboard: one row is in the tab order, the arrows move it

function useRoving(
  box: { readonly current: HTMLElement | null },
  count: number,
  reveal: (row: number) => void,
) {
  const [wanted, setActive] = useState(0);
  const active = Math.min(wanted, Math.max(0, count - 1));
  const move = (position: number): void => {
    const next = Math.min(count - 1, Math.max(0, position));
    reveal(next);
    setActive(next);
    // A row outside of the window is there after the next frame.
    requestAnimationFrame(() => rowElement(box.current, next)?.focus());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const target = rowTarget(event.key, active, count);
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      (event.target as HTMLElement).click();
    } else if (target !== null) {
      event.preventDefault();
      move(target);
    }
  };
  const onFocus = (event: { target: EventTarget }): void => {
    const position = Number((event.target as HTMLElement).dataset.position);
    if (Number.isInteger(position)) setActive(position);
  };
  return { active, onKeyDown, onFocus };
}

const PAGE = 10;

function rowTarget(key: string, active: number, count: number): number | null {
  switch (key) {
    case "ArrowDown":
      return active + 1;
    case "ArrowUp":
      return active - 1;
    case "PageDown":
      return active + PAGE;
    case "PageUp":
      return active - PAGE;
    case "Home":
      return 0;
    case "End":
      return count - 1;
    default:
      return null;
  }
}

const rowElement = (box: HTMLElement | null, position: number): HTMLElement | null =>
  box?.querySelector<HTMLElement>(`tr[data-position="${position}"]`) ?? null;

// ---- pages

interface Pages {
  readonly rows: readonly TableRow[];
  readonly first: number;
  readonly page: number;
  readonly count: number;
  readonly total: number;
  readonly go: (page: number) => void;
}

function usePages(rows: readonly TableRow[], pageSize: number): Pages {
  const [wanted, go] = useState(0);
  const size = pageSize > 0 ? Math.trunc(pageSize) || 1 : Math.max(1, rows.length);
  const count = Math.max(1, Math.ceil(rows.length / size));
  const page = Math.min(wanted, count - 1);
  const first = page * size;
  return { rows: rows.slice(first, first + size), first, page, count, total: rows.length, go };
}

function Pager({ pages }: { readonly pages: Pages }): ReactElement {
  const { first, page, count, total, go } = pages;
  return (
    <nav className="nx-pager" aria-label="Pages">
      <span className="nx-pager-range" aria-live="polite">
        {first + 1}–{first + pages.rows.length} of {total}
      </span>
      <button
        type="button"
        className="nx-button nx-button-ghost nx-button-icon"
        aria-label="Previous page"
        disabled={page === 0}
        onClick={() => go(page - 1)}
      >
        <ChevronIcon to="back" />
      </button>
      <button
        type="button"
        className="nx-button nx-button-ghost nx-button-icon"
        aria-label="Next page"
        disabled={page === count - 1}
        onClick={() => go(page + 1)}
      >
        <ChevronIcon to="forth" />
      </button>
    </nav>
  );
}
