/**
 * A component of the host, in its place in a panel.
 *
 * Whatever it does stays in its place: it is drawn in an element of the renderer's own, and what it
 * throws is said there. How a module is found is the business of `custom`.
 */
import {
  type ComponentType,
  type ReactElement,
  type ReactNode,
  useInsertionEffect,
  useMemo,
  useRef,
} from "react";
import type { ToolArgs } from "../../client/panel-store";
import type { ComponentNode, Json } from "../../generated/protocol";
import { Loadable } from "../../model/loadable";
import { attempt } from "../../model/outcome";
import { asArguments, useTools, useWrite } from "../actions";
import { classes } from "../attributes";
import { Boundary } from "../Boundary";
import { usePanelContext } from "../context";
import { type CustomComponentProps, type CustomModule, useCustomModule } from "../custom";
import type { DrawProps } from "../drawing";
import { ErrorCard, ErrorMark, Unregistered } from "../feedback";
import { useLoading } from "../hooks";
import { useOutcomes } from "../outcomes";

const NAME = /^(?!(?:__proto__|constructor|prototype)$)[A-Za-z_$][\w$-]{0,63}$/;

type Given = Pick<DrawProps<"CustomComponent">, "node" | "props" | "children">;

export function CustomComponent({ frame, ...given }: DrawProps<"CustomComponent">): ReactElement {
  const label = given.props["aria-label"];
  return (
    <div
      id={frame.id}
      className={classes("nx-custom", frame.className)}
      role={label ? "group" : undefined}
      aria-label={label}
    >
      <Found {...given} />
    </div>
  );
}

function Found(given: Given): ReactElement {
  const { module } = given.props;
  const found = useCustomModule(module);
  if (!found) return <Unregistered module={module} />;
  if (found instanceof Loadable) return <Loaded loadable={found} {...given} />;
  return <Chosen module={found} {...given} />;
}

function Loaded({
  loadable,
  ...given
}: Given & { readonly loadable: Loadable<CustomModule> }): ReactElement {
  const { module } = given.props;
  const loading = useLoading(loadable);
  switch (loading.phase) {
    case "waiting":
      return (
        <div
          className="nx-skeleton nx-custom-skeleton"
          role="status"
          aria-label={`Loading ${module}`}
        />
      );
    case "failed":
      return (
        <ErrorCard title={`${module} could not be loaded`} message={loading.error}>
          <button
            type="button"
            className="nx-button nx-button-secondary nx-button-compact"
            onClick={() => loadable.retry()}
          >
            Try again
          </button>
        </ErrorCard>
      );
    case "ready":
      return <Chosen module={loading.value} {...given} />;
  }
}

function Chosen({ module, ...given }: Given & { readonly module: CustomModule }): ReactElement {
  const { module: name, component: wanted = "default" } = given.props;
  const component = Object.hasOwn(module, wanted) ? module[wanted] : undefined;
  if (!component)
    return <ErrorCard title={name} message={`It has no component ${wanted.slice(0, 80)}.`} />;
  return (
    <Boundary of={component} name={name}>
      <Drawn component={component} {...given} />
    </Boundary>
  );
}

function Drawn({
  component: Component,
  node,
  props,
  children,
}: Given & { readonly component: ComponentType<CustomComponentProps> }): ReactNode {
  const { values, error } = useValues(node);
  const actions = useActions(node, props.trigger);
  return (
    <>
      {error && <ErrorMark message={error} />}
      <Component values={values} {...actions}>
        {children}
      </Component>
    </>
  );
}

interface Values {
  readonly values: Readonly<Record<string, unknown>>;
  /** What could not be evaluated. */
  readonly error: string;
}

/** What a node gives by name, plain and bound; the same object until one of the values changes. */
function useValues(node: ComponentNode): Values {
  const given = useMemo(() => {
    const all = Object.entries({ ...node.custom?.props, ...node.custom?.bindings });
    return Object.fromEntries(all.filter(([name]) => NAME.test(name)));
  }, [node]);
  const outcomes = useOutcomes(given);
  return useMemo(() => {
    const values: Record<string, unknown> = {};
    const errors: string[] = [];
    for (const [name, outcome] of Object.entries(outcomes)) {
      if (outcome.ok) values[name] = outcome.value;
      else errors.push(`${name}: ${outcome.error}`);
    }
    return { values, error: errors.join("; ") };
  }, [outcomes]);
}

type Actions = Pick<CustomComponentProps, "onChange" | "emit">;

/** What a component of the host may do; the same functions as long as it is there. */
function useActions(node: ComponentNode, trigger: string | undefined): Actions {
  const { fail } = usePanelContext();
  const { run } = useTools(node);
  const write = useWrite();
  const newest: Actions = {
    onChange(name, value) {
      const json = attempt(() => JSON.parse(JSON.stringify(value ?? null)) as Json);
      if (json.ok) write(own(node.custom?.bindings, name), json.value as Json);
      else fail({ code: "SERIALIZATION_ERROR", message: `${name} is no JSON: ${json.error}` });
    },
    emit(event, payload) {
      const tool = own(node.custom?.events, event) ?? (event === "trigger" ? trigger : undefined);
      if (typeof tool !== "string") return;
      const args = attempt(() => (payload === undefined ? undefined : asArguments(payload)));
      if (args.ok) run(tool, args.value as ToolArgs | undefined);
      else fail({ code: "INVALID_ARGUMENTS", message: `${event}: ${args.error}` });
    },
  };
  const kept = useRef(newest);
  useInsertionEffect(() => {
    kept.current = newest;
  });
  return useMemo(
    () => ({
      onChange: (name, value) => kept.current.onChange(name, value),
      emit: (event, payload) => kept.current.emit(event, payload),
    }),
    [],
  );
}

function own<T>(table: Readonly<Record<string, T>> | undefined, name: string): T | undefined {
  return table && Object.hasOwn(table, name) ? table[name] : undefined;
}
