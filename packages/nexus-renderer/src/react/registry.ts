/** Which React component draws which component of the catalogue. */
import type { ComponentType, ReactNode } from "react";
import type { ComponentNode } from "../generated/protocol";
import type { Outcome } from "../model/outcome";
import { Button } from "./components/Button";
import { Chart } from "./components/Chart";
import { Container } from "./components/Container";
import { Input } from "./components/Input";
import { Layout } from "./components/Layout";
import { LogStream } from "./components/LogStream";
import { Metric } from "./components/Metric";
import { StatusBadge } from "./components/StatusBadge";
import { Switch } from "./components/Switch";
import { Table } from "./components/Table";
import { Text } from "./components/Text";
import type { DrawnName, PropsOf } from "./props";

/** Attributes of a component's outermost element: its place in the layout, id, class names. */
export interface Frame {
  readonly id?: string;
  readonly className: string;
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

export const REGISTRY: Registry = {
  Layout,
  Container,
  Text,
  Metric,
  StatusBadge,
  Button,
  Action: Button,
  Input,
  Switch,
  Table,
  Chart,
  LogStream,
};
