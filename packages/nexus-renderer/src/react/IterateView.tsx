/**
 * Draw children once for each item of a list.
 *
 * A row keeps its scope while its item stays, and its position where that matters, so that a
 * change to one item draws one row. Long lists are drawn in portions.
 */
import { memo, type ReactElement, type ReactNode, useContext, useMemo, useState } from "react";
import type { IterateNode, Value } from "../generated/protocol";
import { resolveBinding } from "../model/binding";
import { attempt } from "../model/outcome";
import type { PanelModel } from "../model/panel-model";
import { usesPosition } from "../model/position";
import { itemScope, type Scope } from "../model/scope";
import { spanClass } from "./attributes";
import { ScopeContext, usePanelContext } from "./context";
import { ErrorMark } from "./feedback";
import { itemKeys } from "./keys";
import { useOutcome } from "./outcomes";

const PORTION = 500;

interface Props {
  readonly node: IterateNode;
  /** Drawn once for each item, inside its scope; the same element as long as the node is. */
  readonly children: ReactNode;
}

export function IterateView({ node, children }: Props): ReactNode {
  const outcome = useOutcome(node.items);
  const { model } = usePanelContext();
  const scope = useContext(ScopeContext);
  const [shown, setShown] = useState(PORTION);
  const items: unknown = outcome.ok ? (outcome.value ?? []) : null;
  const isList = Array.isArray(items);
  const keys = useMemo(() => (isList ? itemKeys(items, node.key) : []), [isList, items, node.key]);
  if (!outcome.ok || !isList) {
    const message = outcome.ok ? "items is not a list" : outcome.error;
    return <ErrorMark message={message} className={spanClass(node.layout)} />;
  }
  const list = listPlace(node.items, model, scope);
  const placed = usesPosition(node);
  const left = items.length - shown;
  return (
    <>
      {items.slice(0, shown).map((item: unknown, index) => (
        <Row
          key={keys[index]}
          name={node.name}
          item={item}
          index={placed ? index : null}
          list={list}
        >
          {children}
        </Row>
      ))}
      {left > 0 && (
        <div className="nx-more nx-span-12">
          <button
            type="button"
            className="nx-button nx-button-ghost"
            onClick={() => setShown(shown + PORTION)}
          >
            Show {Math.min(left, PORTION)} more of {left}
          </button>
        </div>
      )}
    </>
  );
}

interface RowProps {
  readonly name: string;
  readonly item: unknown;
  readonly index: number | null;
  readonly list: string | null;
  readonly children: ReactNode;
}

const Row = memo(function Row({ name, item, index, list, children }: RowProps): ReactElement {
  const outer = useContext(ScopeContext);
  const scope = useMemo(
    () => itemScope(outer, name, { item, index, list }),
    [outer, name, item, index, list],
  );
  return <ScopeContext.Provider value={scope}>{children}</ScopeContext.Provider>;
});

/** The pointer of the list, where `items` is a path and not the result of a computation. */
function listPlace(items: Value, model: PanelModel, scope: Scope): string | null {
  if (items.kind !== "expression" && items.kind !== "binding") return null;
  const place = attempt(() => resolveBinding(items.tree, model, scope));
  return place.ok ? (place.value as string | null) : null;
}
