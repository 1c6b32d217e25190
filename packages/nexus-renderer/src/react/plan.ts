/**
 * What of a component's node is the same wherever and whenever it is drawn.
 *
 * Worked out once for a node, however many rows draw it: the values to evaluate, the properties
 * where none of them depends on the state, and the elements of its children.
 */
import type { ComponentType, ReactNode } from "react";
import type { ComponentNode, Json, Value } from "../generated/protocol";
import type { Outcomes } from "../model/outcome";
import type { DrawProps } from "./drawing";
import { Inputs } from "./outcomes";
import { type DrawnName, type DrawnProps, readProps, specsOf } from "./props";

/** Any implementation of a component: which properties it gets is looked up by its name. */
export type AnyComponent = ComponentType<Omit<DrawProps<DrawnName>, "props"> & { props: unknown }>;

export class Plan {
  readonly node: ComponentNode;
  readonly component: AnyComponent;
  readonly inputs: Inputs;
  /** What is drawn, where that is the same in every state. */
  readonly constant: DrawnProps | null;
  readonly #drawChildren: () => ReactNode;
  #children: ReactNode;

  constructor(
    node: ComponentNode,
    component: AnyComponent,
    drawChildren: () => ReactNode,
    values = node.props,
  ) {
    this.node = node;
    this.component = component;
    this.inputs = new Inputs(values, (name) => isDrawn(this.type, name));
    this.#drawChildren = drawChildren;
    this.constant = this.inputs.areConstant ? this.draw(this.inputs.constant) : null;
  }

  get type(): DrawnName {
    return this.node.type as DrawnName;
  }

  get children(): ReactNode {
    if (this.node.children.length === 0) return undefined;
    return (this.#children ??= this.#drawChildren());
  }

  /** What to draw with these outcomes of the inputs. */
  readonly draw = (outcomes: Outcomes): DrawnProps =>
    readProps(this.type, outcomes, this.node.children.length > 0);

  /** The plan with some of the properties replaced; `null` leaves one as it is written. */
  told(props: Readonly<Record<string, Json>>): Plan {
    const values: Record<string, Value> = { ...this.node.props };
    for (const [name, value] of Object.entries(props)) {
      if (value === null || name === "bind" || !isDrawn(this.type, name)) continue;
      values[name] = { kind: "literal", value };
    }
    return new Plan(this.node, this.component, () => this.children, values);
  }
}

/** Tell whether a property counts for drawing: `args` only does when a tool runs. */
const isDrawn = (type: DrawnName, name: string): boolean =>
  name !== "args" && Object.hasOwn(specsOf(type), name);
