/**
 * Draw a panel's tree over a store.
 *
 * Knows the panel as a whole: its size, its failures, what all nodes share. Where tree and state
 * come from is the store's business.
 */
import { type ReactElement, useCallback, useEffect, useMemo, useRef, useState } from "react";
import type { PanelFailure, PanelSource } from "../client/panel-store";
import type { PanelAst, ViewNode } from "../generated/protocol";
import { PanelModel } from "../model/panel-model";
import { classes } from "./attributes";
import { Boundary } from "./Boundary";
import { PanelContext, type PanelContextValue } from "./context";
import { type CustomComponents, CustomModules } from "./custom";
import { Failures } from "./Failures";
import { Empty, ErrorCard } from "./feedback";
import { type GivenState, useGivenState } from "./given-state";
import { NodeView } from "./NodeView";
import type { Registry } from "./drawing";
import { REGISTRY } from "./registry";
import { ToldComponents, ToldContext, useViewCommands } from "./view-commands";

const MAX_NODES = 20_000;
const MAX_DEPTH = 100;
const SHOWN_FAILURES = 3;

interface Drawing {
  readonly ast: PanelAst;
  /** Implementations that take the place of the renderer's own. */
  readonly components?: Partial<Registry>;
  /** What `CustomComponent` may draw, by module. */
  readonly customComponents?: CustomComponents;
  readonly className?: string;
}

type FromStore = Drawing & { readonly store: PanelSource };
type FromState = Drawing & GivenState & { readonly store?: undefined };

/** A tree, and where its state is: in a `store`, or given as it is with what hears of changes. */
export type NXMLRendererProps = FromStore | FromState;

/** Draws a panel: its view, and what went wrong in it. */
export function NXMLRenderer(props: NXMLRendererProps): ReactElement {
  return props.store ? <Panel {...props} /> : <PanelOfState {...props} />;
}

function PanelOfState({ state, onTrigger, onSet, ...drawing }: FromState): ReactElement {
  const store = useGivenState(drawing.ast, { state, onTrigger, onSet });
  return <Panel {...drawing} store={store} />;
}

function Panel({ ast, store, components, customComponents, className }: FromStore): ReactElement {
  const failures = useFailures(store);
  const context = usePanelValue(ast, store, components, failures.add);
  const problem = useMemo(() => tooLarge(ast.view), [ast]);
  const told = useMemo(() => new ToldComponents(), [ast]);
  const root = useRef<HTMLDivElement>(null);
  useViewCommands(store, told, root, failures.add);
  return (
    <div ref={root} className={classes("nx-root", "nx-panel", className)}>
      <Failures list={failures.list} onDismiss={failures.dismiss} />
      <Boundary of={ast} name="The panel">
        <PanelContext.Provider value={context}>
          {problem ? (
            <ErrorCard title="The panel cannot be drawn" message={problem} />
          ) : (
            <ToldContext.Provider value={told}>
              <CustomModules registered={customComponents}>
                <View view={ast.view} />
              </CustomModules>
            </ToldContext.Provider>
          )}
        </PanelContext.Provider>
      </Boundary>
    </div>
  );
}

function View({ view }: { readonly view: ViewNode | null | undefined }): ReactElement {
  return view ? <NodeView node={view} /> : <Empty>This panel has no view yet</Empty>;
}

function usePanelValue(
  ast: PanelAst,
  store: PanelSource,
  components: Partial<Registry> | undefined,
  fail: (failure: PanelFailure) => void,
): PanelContextValue {
  const model = useMemo(() => new PanelModel(ast.data.computed), [ast]);
  const registry = useMemo(() => ({ ...REGISTRY, ...components }), [components]);
  return useMemo(
    () => ({ ast, store, model, registry, fail }),
    [ast, store, model, registry, fail],
  );
}

/** The last failures of what was done here, newest first, each once. */
function useFailures(store: PanelSource) {
  const [list, setList] = useState<readonly PanelFailure[]>([]);
  const dismiss = useCallback((failure: PanelFailure) => {
    setList((before) => before.filter((other) => other !== failure));
  }, []);
  const add = useCallback((failure: PanelFailure) => {
    setList((before) => {
      const others = before.filter((o) => o.code !== failure.code || o.message !== failure.message);
      return [failure, ...others].slice(0, SHOWN_FAILURES);
    });
  }, []);
  useEffect(
    () =>
      store.onResult(({ ok, error }) => {
        if (!ok && error) add({ code: error.code, message: error.message });
      }),
    [store, add],
  );
  return { list, add, dismiss };
}

/** Say why a tree is too much for a page, or `null`; it may be deep, wide or a circle. */
function tooLarge(view: ViewNode | null | undefined): string | null {
  const stack: { readonly node: unknown; readonly depth: number }[] = [{ node: view, depth: 1 }];
  for (let count = 0; stack.length > 0; count += 1) {
    if (count > MAX_NODES) return `it has more than ${MAX_NODES} nodes`;
    const { node, depth } = stack.pop() as (typeof stack)[number];
    if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    for (const children of childLists(node)) {
      if (children.length > MAX_NODES) return `it has more than ${MAX_NODES} nodes`;
      for (const child of children) stack.push({ node: child, depth: depth + 1 });
    }
  }
  return null;
}

function childLists(node: unknown): unknown[][] {
  if (typeof node !== "object" || node === null) return [];
  const { children, otherwise } = node as { children?: unknown; otherwise?: unknown };
  return [children, otherwise].filter(Array.isArray) as unknown[][];
}
