/**
 * Draw children once for each item of a list.
 *
 * A row keeps its scope while its item stays, and its position where that matters, so that a
 * change to one item draws one row. Of a long list the rows in sight are drawn.
 */
import {
  memo,
  type ReactElement,
  type ReactNode,
  type Ref,
  useContext,
  useMemo,
} from "react";
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
import { InListContext, PlaceContext } from "./places";
import { useRowWindow } from "./row-window";

interface Props {
  readonly node: IterateNode;
  /** Drawn once for each item, inside its scope; the same element as long as the node is. */
  readonly children: ReactNode;
}

export function IterateView({ node, children }: Props): ReactNode {
  const outcome = useOutcome(node.items);
  const { model } = usePanelContext();
  const scope = useContext(ScopeContext);
  const items: unknown = outcome.ok ? (outcome.value ?? []) : null;
  const isList = Array.isArray(items);
  const keys = useMemo(() => (isList ? itemKeys(items, node.key) : []), [isList, items, node.key]);
  const view = useRowWindow(isList ? items.length : 0);
  if (!outcome.ok || !isList) {
    const message = outcome.ok ? "items is not a list" : outcome.error;
    return <ErrorMark message={message} className={spanClass(node.layout)} />;
  }
  const list = listPlace(node.items, model, scope);
  const placed = usesPosition(node);
  const rows = items.slice(view.from, view.to).map((item: unknown, offset) => {
    const index = view.from + offset;
    return (
      <PlaceContext.Provider
        key={keys[index]}
        value={view.isWhole ? null : `${index + 1}/${items.length}`}
      >
        <Row name={node.name} item={item} index={placed ? index : null} list={list}>
          {children}
        </Row>
      </PlaceContext.Provider>
    );
  });
  return (
    <>
      {!view.isWhole && <LeftOut place={view.before} />}
      {rows}
      {!view.isWhole && <LeftOut place={view.after} />}
    </>
  );
}

/** Stands for rows that are not drawn, as high as they would be. */
function LeftOut({ place }: { readonly place: Ref<HTMLElement> }): ReactElement {
  const Element = useContext(InListContext) ? "li" : "div";
  return <Element ref={place as Ref<never>} className="nx-left-out nx-span-12" aria-hidden="true" />;
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
