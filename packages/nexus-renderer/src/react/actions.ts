/**
 * What components do to the panel: run a tool, write a bound value.
 *
 * Arguments are evaluated when the tool is run, with the scope of the node, so that a click sends
 * what the person sees.
 */
import { useRef, useState } from "react";
import type { ComponentNode, Json, Value } from "../generated/protocol";
import { resolveBinding } from "../model/binding";
import { evaluateValue } from "../model/memo";
import { attempt, type Outcome } from "../model/outcome";
import type { ToolArgs } from "../client/panel-store";
import { usePanelContext, useScope } from "./context";

/** Milliseconds: most tools are done before a sign of waiting could be read. */
const WAITING_SHOWN_AFTER = 180;

export interface ToolHandle {
  /** Run the tool; `args` instead of those of the node. */
  readonly run: (args?: ToolArgs) => void;
  /** Whether it has been running for so long that it is to be said. */
  readonly waiting: boolean;
}

/** A tool of the panel as a node runs it. An `exclusive` one is not run again until it ended. */
export function useTool(
  node: ComponentNode,
  tool: string | undefined,
  options: { readonly exclusive?: boolean } = {},
): ToolHandle {
  const { run, waiting } = useTools(node, options);
  return { run: (args) => tool && run(tool, args), waiting };
}

export interface ToolsHandle {
  /** Run a tool; `args` instead of those of the node, or those of another node that it stands for. */
  readonly run: (tool: string, args?: ToolArgs, of?: ComponentNode) => void;
  /** Whether one has been running for so long that it is to be said. */
  readonly waiting: boolean;
}

/** Any tools of the panel as a node runs them. What is done soon draws nothing again. */
export function useTools(node: ComponentNode, { exclusive = false } = {}): ToolsHandle {
  const { store } = usePanelContext();
  const argsOf = useArguments();
  const running = useRef(0);
  const [waiting, setWaiting] = useState(false);

  const run = (tool: string, given?: ToolArgs, of = node): void => {
    const args = given ?? argsOf(of);
    if (!args || (exclusive && running.current > 0)) return;
    running.current += 1;
    const lasting = setTimeout(() => setWaiting(true), WAITING_SHOWN_AFTER);
    void store.trigger(tool, args).finally(() => {
      clearTimeout(lasting);
      running.current -= 1;
      if (running.current === 0) setWaiting(false);
    });
  };
  return { run, waiting };
}

/** The `args` of a node, evaluated now; `null`, after telling why, when they cannot be. */
function useArguments(): (node: ComponentNode) => ToolArgs | null {
  const { store, model, fail } = usePanelContext();
  const scope = useScope();
  return ({ props }) => {
    const value = props.args;
    if (!value) return {};
    model.show(store.getSnapshot().state);
    const outcome = attempt(() => asArguments(evaluateValue(value, model.environment(scope))));
    if (outcome.ok) return outcome.value as ToolArgs;
    fail({
      code: "INVALID_ARGUMENTS",
      message: `the arguments cannot be evaluated: ${outcome.error}`,
    });
    return null;
  };
}

/** Turn a value into arguments. Throws a TypeError where that cannot be. */
export function asArguments(value: unknown): ToolArgs {
  if (value === null || value === undefined) return {};
  if (typeof value !== "object") throw new TypeError("arguments are an object or a list");
  // As JSON, so that dates become text and functions are gone.
  return JSON.parse(JSON.stringify(value)) as ToolArgs;
}

export interface BindingHandle {
  readonly value: unknown;
  readonly set: (value: Json) => void;
}

/** The value that a node is bound to, and how to write it. */
export function useBinding(node: ComponentNode, outcome: Outcome | undefined): BindingHandle {
  const write = useWrite();
  const set = (value: Json): void => write(node.props.bind, value);
  return { value: outcome?.ok ? outcome.value : undefined, set };
}

/** How to write to a binding of a node; what is no binding is not written. */
export function useWrite(): (bind: Value | undefined, value: Json) => void {
  const { store, model, fail } = usePanelContext();
  const scope = useScope();
  return (bind, value) => {
    if (bind?.kind !== "binding") return;
    model.show(store.getSnapshot().state);
    const place = attempt(() => resolveBinding(bind.tree, model, scope));
    if (place.ok && typeof place.value === "string") store.set(place.value, value);
    else fail({ code: "INVALID_PATH", message: `${bind.source} is no place in the state` });
  };
}
