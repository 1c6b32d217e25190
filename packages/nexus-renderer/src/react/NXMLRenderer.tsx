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
  let level: readonly unknown[] = [view];
  let count = 1;
  for (let depth = 1; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH) return `it is nested deeper than ${MAX_DEPTH} levels`;
    const below: unknown[] = [];
    for (const node of level) {
      const { children, otherwise } = (node ?? {}) as { children?: unknown; otherwise?: unknown };
      for (const list of [children, otherwise]) {
        if (!Array.isArray(list)) continue;
        count += list.length;
        if (count > MAX_NODES) return `it has more than ${MAX_NODES} nodes`;
        below.push(...(list as unknown[]));
      }
    }
    level = below;
  }
  return null;
}
