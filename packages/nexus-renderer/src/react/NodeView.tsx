/**
 * Draw one node of the view, whatever it is.
 *
 * Knows the kinds of nodes, visibility, errors and containment. How a component looks is its own
 * business; an unknown one is drawn as a placeholder that names it, and nothing of it is used.
 */
import { memo, type ReactElement, type ReactNode, useMemo } from "react";
import type {
  ComponentNode,
  IfNode,
  IterateNode,
  TextNode,
  ViewNode,
} from "../generated/protocol";
import { display } from "../model/display";
import { frameOf, nodeKey, spanClass } from "./attributes";
import { Boundary } from "./Boundary";
import { usePanelContext } from "./context";
import type { Frame, Registry } from "./drawing";
import { ErrorMark, Placeholder } from "./feedback";
import { IterateView } from "./IterateView";
import { useMade, useOutcome } from "./outcomes";
import { type AnyComponent, Plan } from "./plan";
import { isMadePressable, Pressable } from "./press";
import { type DrawnProps, isDrawnName } from "./props";
import { useTold } from "./view-commands";

/** One node, drawn again only for another one. */
export const NodeView = memo(function NodeView({ node }: { readonly node: ViewNode }): ReactNode {
  const { registry } = usePanelContext();
  return drawNode(node, null, registry);
});

/** The elements of nodes. Keep them as long as the nodes stay: what is below is left alone then. */
function drawNodes(nodes: readonly ViewNode[], registry: Registry): readonly ReactElement[] {
  return nodes.map((node, index) => drawNode(node, nodeKey(node, index), registry));
}

function useNodes(nodes: readonly ViewNode[]): readonly ReactElement[] {
  const { registry } = usePanelContext();
  return useMemo(() => drawNodes(nodes, registry), [nodes, registry]);
}

function drawNode(node: ViewNode, key: string | null, registry: Registry): ReactElement {
  switch (node?.kind) {
    case "text":
      return <TextView key={key} node={node} />;
    case "if":
      return <IfView key={key} node={node} />;
    case "iterate":
      return (
        <Boundary key={key} of={node} name="Iterate">
          <EachView node={node} />
        </Boundary>
      );
    case "component":
      return isSound(node) ? (
        drawComponent(node, key, registry)
      ) : (
        <Placeholder key={key} name={nameOf(node)} />
      );
    default:
      return <Placeholder key={key} name={nameOf(node)} />;
  }
}

function drawComponent(node: ComponentNode, key: string | null, registry: Registry): ReactElement {
  if (!isDrawnName(node.type))
    return <Placeholder key={key} name={node.type} className={spanClass(node.layout)} />;
  const component = registry[node.type] as AnyComponent;
  const plan = new Plan(node, component, () => drawNodes(node.children, registry));
  return (
    <Boundary key={key} of={node} name={node.type}>
      {drawPlan(plan)}
    </Boundary>
  );
}

function drawPlan(plan: Plan): ReactNode {
  if (plan.node.id) return <ToldView plan={plan} />;
  return plan.constant ? draw(plan, plan.constant) : <LiveView plan={plan} />;
}

function TextView({ node }: { readonly node: TextNode }): ReactNode {
  const outcome = useOutcome(node.value);
  return outcome.ok ? display(outcome.value) : <ErrorMark message={outcome.error} />;
}

function IfView({ node }: { readonly node: IfNode }): ReactNode {
  const outcome = useOutcome(node.condition);
  const holds = outcome.ok && Boolean(outcome.value);
  const children = useNodes(holds ? node.children : node.otherwise);
  if (!outcome.ok) return <ErrorMark message={outcome.error} className={spanClass(node.layout)} />;
  return children;
}

function EachView({ node }: { readonly node: IterateNode }): ReactElement {
  return <IterateView node={node}>{useNodes(node.children)}</IterateView>;
}

interface ViewProps {
  readonly plan: Plan;
}

/** A component with a property that depends on the state. */
function LiveView({ plan }: ViewProps): ReactNode {
  return draw(plan, useMade(plan.inputs, plan.draw));
}

/** A component that handlers reach by its id: what they set takes the place of what is written. */
function ToldView({ plan }: ViewProps): ReactNode {
  const { props } = useTold(plan.node.id);
  const told = useMemo(() => plan.told(props), [plan, props]);
  return draw(plan, useMade(told.inputs, told.draw));
}

function draw(plan: Plan, drawn: DrawnProps): ReactNode {
  const { node } = plan;
  if (drawn.props.visible === false) return null;
  const mark = drawn.error && (
    <ErrorMark message={drawn.error} className={spanClass(node.layout)} />
  );
  if (drawn.broken) return mark;
  const frame = frameOf(node, drawn.props.className);
  return (
    <>
      {mark}
      {isMadePressable(node) ? (
        <Pressable node={node} drawn={drawn} frame={frame}>
          {(pressable) => drawIn(plan, drawn, pressable)}
        </Pressable>
      ) : (
        drawIn(plan, drawn, frame)
      )}
    </>
  );
}

function drawIn({ node, component: Component, children }: Plan, drawn: DrawnProps, frame: Frame): ReactElement {
  return (
    <Component node={node} props={drawn.props} frame={frame} bound={drawn.bound}>
      {children}
    </Component>
  );
}

/** Tell whether a node has the shape that its type promises; trees may come from anywhere. */
function isSound(node: ComponentNode): boolean {
  const { type, props, children } = node as Partial<Record<keyof ComponentNode, unknown>>;
  return (
    typeof type === "string" &&
    typeof props === "object" &&
    props !== null &&
    Array.isArray(children)
  );
}

function nameOf(node: unknown): string {
  const { type, kind } = (node ?? {}) as { type?: unknown; kind?: unknown };
  return ([type, kind].find((name) => typeof name === "string") as string | undefined) ?? "unknown";
}
