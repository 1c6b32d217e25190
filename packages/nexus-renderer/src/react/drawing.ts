/** What draws a component: the properties it gets, and the table that has one for each. */
import type { ComponentType, KeyboardEvent, MouseEvent, ReactNode } from "react";
import type { ComponentNode } from "../generated/protocol";
import type { Outcome } from "../model/outcome";
import type { DrawnName, PropsOf } from "./props";

/** What makes an element pressable. */
export interface Press {
  readonly role?: "button" | "group";
  readonly tabIndex: 0;
  readonly "aria-busy": true | undefined;
  readonly onClick: (event: MouseEvent<HTMLElement>) => void;
  readonly onKeyDown: (event: KeyboardEvent<HTMLElement>) => void;
}

/** Attributes of a component's outermost element: its place in the layout, id, class names. */
export interface Frame {
  readonly id?: string;
  readonly className: string;
  /** What makes it pressable, where it is so only because it was given a tool. */
  readonly press?: Press;
}

/** What the implementation of a component gets. */
export interface DrawProps<N extends DrawnName> {
  readonly node: ComponentNode;
  readonly props: PropsOf<N>;
  /** Give it to the outermost element. */
  readonly frame: Frame;
  /** What `bind` holds, for components that have one. */
  readonly bound?: Outcome;
  readonly children?: ReactNode;
}

/** Every component that the catalogue draws has an implementation; the type says so. */
export type Registry = { readonly [N in DrawnName]: ComponentType<DrawProps<N>> };
