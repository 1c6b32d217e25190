/**
 * Draw one node of the view, whatever it is.
 *
 * Knows the kinds of nodes, visibility, errors and containment. How a component looks is its own
 * business; an unknown one is drawn as a placeholder that names it, and nothing of it is used.
 */
import { type ComponentType, memo, type ReactElement, type ReactNode, useMemo } from "react";
import type { ComponentNode, IfNode, TextNode, Value, ViewNode } from "../generated/protocol";
import { display } from "../model/display";
import { attempt } from "../model/outcome";
import { frameOf, nodeKey, spanClass } from "./attributes";
import { Boundary } from "./Boundary";
import { usePanelContext } from "./context";
import { ErrorMark, Placeholder } from "./feedback";
import { IterateView } from "./IterateView";
import { type Outcomes, useOutcome, useOutcomes } from "./outcomes";
import { absent, coerce, type DrawnName, isDrawnName, specsOf } from "./props";
import type { DrawProps } from "./drawing";
import { useTold } from "./view-commands";

export const NodeView = memo(function NodeView({ node }: { readonly node: ViewNode }): ReactNode {
  switch (node?.kind) {
    case "text":
      return <TextView node={node} />;
    case "if":
      return <IfView node={node} />;
    case "iterate":
      return (
        <Boundary of={node} name="Iterate">
          <IterateView node={node}>
            <NodeList nodes={node.children} />
          </IterateView>
        </Boundary>
      );
    case "component":
      return isSound(node) ? (
        <Boundary of={node} name={node.type}>
          {node.id ? <ToldView node={node} /> : <ComponentView node={node} told={UNTOLD} />}
        </Boundary>
      ) : (
        <Placeholder name={nameOf(node)} />
      );
    default:
      return <Placeholder name={nameOf(node)} />;
  }
});

export function NodeList({ nodes }: { readonly nodes: readonly ViewNode[] }): ReactElement {
  return (
    <>
      {nodes.map((node, index) => (
        <NodeView key={nodeKey(node, index)} node={node} />
      ))}
    </>
  );
}

function TextView({ node }: { readonly node: TextNode }): ReactNode {
  const outcome = useOutcome(node.value);
  return outcome.ok ? display(outcome.value) : <ErrorMark message={outcome.error} />;
}

function IfView({ node }: { readonly node: IfNode }): ReactNode {
  const outcome = useOutcome(node.condition);
  if (!outcome.ok) return <ErrorMark message={outcome.error} className={spanClass(node.layout)} />;
  return <NodeList nodes={outcome.value ? node.children : node.otherwise} />;
}

/** The properties that are evaluated for drawing: `args` only counts when a tool runs. */
function drawnValues(node: ComponentNode): Readonly<Record<string, Value>> {
  if (!isDrawnName(node.type)) return {};
  const specs = specsOf(node.type);
  return Object.fromEntries(
    Object.entries(node.props).filter(([name]) => name !== "args" && Object.hasOwn(specs, name)),
  );
}

const UNTOLD: Outcomes = {};

/** A component that handlers can reach by its id: what they set takes the place of what is written. */
function ToldView({ node }: { readonly node: ComponentNode }): ReactNode {
  const { props } = useTold(node.id);
  const told = useMemo(() => {
    const given = Object.entries(props).filter(([, value]) => value !== null);
    return Object.fromEntries(given.map(([name, value]) => [name, { ok: true as const, value }]));
  }, [props]);
  return <ComponentView node={node} told={told} />;
}

interface ComponentViewProps {
  readonly node: ComponentNode;
  readonly told: Outcomes;
}

function ComponentView({ node, told }: ComponentViewProps): ReactNode {
  const { registry } = usePanelContext();
  const values = useMemo(() => drawnValues(node), [node]);
  const outcomes = useOutcomes(values);
  const { type } = node;
  const drawn = useMemo(
    () =>
      isDrawnName(type)
        ? readProps(type, told === UNTOLD ? outcomes : { ...outcomes, ...told }, node.children.length > 0)
        : null,
    [type, outcomes, told, node],
  );
  const children = useMemo(
    () => (node.children.length > 0 ? <NodeList nodes={node.children} /> : undefined),
    [node],
  );
  if (!drawn || !isDrawnName(type))
    return <Placeholder name={type} className={spanClass(node.layout)} />;
  if (drawn.props.visible === false) return null;
  const mark = drawn.error && (
    <ErrorMark message={drawn.error} className={spanClass(node.layout)} />
  );
  if (drawn.broken) return mark;
  const Component = registry[type] as ComponentType<
    Omit<DrawProps<DrawnName>, "props"> & { props: unknown }
  >;
  return (
    <>
      {mark}
      <Component
        node={node}
        props={drawn.props}
        frame={frameOf(node, drawn.props.className)}
        bound={outcomes.bind}
      >
        {children}
      </Component>
    </>
  );
}

interface DrawnProps {
  readonly props: Readonly<Record<string, unknown>>;
  /** What could not be evaluated. */
  readonly error: string | null;
  /** Whether it makes no sense without that. */
  readonly broken: boolean;
}

function readProps(type: DrawnName, outcomes: Outcomes, hasChildren: boolean): DrawnProps {
  const props: Record<string, unknown> = {};
  const errors: string[] = [];
  let broken = false;
  for (const spec of Object.values(specsOf(type))) {
    const given = outcomes[spec.name];
    const isGiven = given && !(given.ok && (given.value === null || given.value === undefined));
    const outcome = !isGiven || !given.ok ? given : attempt(() => coerce(spec, given.value));
    props[spec.name] = isGiven && outcome?.ok ? outcome.value : absent(spec);
    if (!outcome || outcome.ok) continue;
    errors.push(`${spec.name}: ${outcome.error}`);
    broken ||= spec.required && !hasChildren;
  }
  return { props, error: errors.join("; ") || null, broken };
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
