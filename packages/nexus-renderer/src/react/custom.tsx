/**
 * The host's own components: what it registers, and how a panel gets at it.
 *
 * A module is a name that is looked up in what the host registered, never an address. A loader is
 * asked once for each name while a panel is shown, so that a host may write it in place.
 */
import {
  type ComponentType,
  createContext,
  type ReactElement,
  type ReactNode,
  useContext,
  useMemo,
  useState,
} from "react";
import type { ToolArgs } from "../client/panel-store";
import type { Json } from "../generated/protocol";
import { Loadable } from "../model/loadable";

/** What a component of the host gets from a `CustomComponent` of a panel. */
export interface CustomComponentProps {
  /** What the panel gives it by name, plain and bound; of any kind, so look before you use it. */
  readonly values: Readonly<Record<string, unknown>>;
  /** Write the value that `bind:name` binds; where the panel binds none, nothing happens. */
  readonly onChange: (name: string, value: Json) => void;
  /**
   * Run the tool of `on:event`; where the panel gives none, nothing happens. The payload is its
   * arguments, by name or in their order; without one they are the `args` of the panel.
   */
  readonly emit: (event: string, payload?: ToolArgs) => void;
  /** What the panel has put into it. */
  readonly children?: ReactNode;
}

/** A module as a panel sees it: all that it exports are components, one of them the `default`. */
export type CustomModule = Readonly<Record<string, ComponentType<CustomComponentProps>>>;

/** The modules of a host by name, each as it is or as what loads it. */
export type CustomComponents = Readonly<Record<string, CustomModule | (() => Promise<CustomModule>)>>;

interface Modules {
  readonly registered: CustomComponents;
  readonly loaded: Map<string, Loadable<CustomModule>>;
}

const ModulesContext = createContext<Modules>({ registered: {}, loaded: new Map() });
const NONE: CustomComponents = {};

/** Lets the panel inside draw what is registered. */
export function CustomModules({
  registered = NONE,
  children,
}: {
  readonly registered?: CustomComponents;
  readonly children: ReactNode;
}): ReactElement {
  const [loaded] = useState(() => new Map<string, Loadable<CustomModule>>());
  const modules = useMemo(() => ({ registered, loaded }), [registered, loaded]);
  return <ModulesContext.Provider value={modules}>{children}</ModulesContext.Provider>;
}

/** A registered module, what loads it, or `null` where there is none of that name. */
export function useCustomModule(name: string): CustomModule | Loadable<CustomModule> | null {
  const { registered, loaded } = useContext(ModulesContext);
  const found = Object.hasOwn(registered, name) ? registered[name] : undefined;
  if (typeof found !== "function") return found ?? null;
  const loadable = loaded.get(name) ?? new Loadable(found);
  loaded.set(name, loadable);
  return loadable;
}
