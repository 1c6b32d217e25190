/** What every node of a panel needs to know about where it is. */
import { createContext, useContext } from "react";
import type { PanelFailure, PanelSource } from "../client/panel-store";
import type { PanelAst } from "../generated/protocol";
import type { PanelModel } from "../model/panel-model";
import { EMPTY_SCOPE, type Scope } from "../model/scope";
import type { Registry } from "./drawing";

export interface PanelContextValue {
  readonly ast: PanelAst;
  readonly store: PanelSource;
  readonly model: PanelModel;
  readonly registry: Registry;
  /** Show a failure that no RESULT tells of. */
  readonly fail: (failure: PanelFailure) => void;
}

export const PanelContext = createContext<PanelContextValue | null>(null);
/** Level of the headings that a text may begin with at this place: one below what is around it. */
export const HeadingContext = createContext(3);
export const ScopeContext = createContext<Scope>(EMPTY_SCOPE);

export function usePanelContext(): PanelContextValue {
  const value = useContext(PanelContext);
  if (!value) throw new Error("a component of a panel was drawn outside of an NXMLRenderer");
  return value;
}

export const useScope = (): Scope => useContext(ScopeContext);
