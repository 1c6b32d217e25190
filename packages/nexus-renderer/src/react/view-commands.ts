/**
 * What handlers do to components of the view, by their ids: `$view` in a handler.
 *
 * A property that was set, and a filter, stay until they are set to `null` or the panel has another
 * tree; they are no part of the state. The focus and the place that is scrolled to are the page's.
 */
import { createContext, type RefObject, useContext, useEffect, useSyncExternalStore } from "react";
import { Signal } from "../client/observable";
import type { PanelFailure, PanelSource } from "../client/panel-store";
import type { Json, ViewCommand } from "../generated/protocol";
import { display } from "../model/display";

/** What was set of one component. */
export interface Told {
  readonly props: Readonly<Record<string, Json>>;
  /** What the rows of a Table are filtered by. */
  readonly filter: string;
}

const NOTHING: Told = { props: {}, filter: "" };

export class ToldComponents {
  readonly #told = new Map<string, Told>();
  readonly #changed = new Signal<void>();
  readonly subscribe = (listener: () => void): (() => void) => this.#changed.listen(listener);

  get(id: string | null | undefined): Told {
    return (id && this.#told.get(id)) || NOTHING;
  }

  set(id: string, change: Partial<Told>): void {
    this.#told.set(id, { ...this.get(id), ...change });
    this.#changed.emit();
  }
}

export const ToldContext = createContext(new ToldComponents());

/** What was set of the component of an id. */
export function useTold(id: string | null | undefined): Told {
  const told = useContext(ToldContext);
  const read = (): Told => told.get(id);
  return useSyncExternalStore(told.subscribe, read, read);
}

/** Do what the panel's handlers tell, in the panel that is drawn in `root`. */
export function useViewCommands(
  store: PanelSource,
  told: ToldComponents,
  root: RefObject<HTMLElement | null>,
  fail: (failure: PanelFailure) => void,
): void {
  useEffect(
    () =>
      store.onView?.(({ commands }) => {
        for (const command of commands) perform(command, told, root, fail);
      }),
    [store, told, root, fail],
  );
}

function perform(
  { id, method, args }: ViewCommand,
  told: ToldComponents,
  root: RefObject<HTMLElement | null>,
  fail: (failure: PanelFailure) => void,
): void {
  // After the frame in which what came with it is drawn.
  const later = (action: (element: HTMLElement) => void): void =>
    void requestAnimationFrame(() => {
      const element = root.current?.querySelector<HTMLElement>(`#${CSS.escape(`nx-${id}`)}`);
      if (element) action(element);
    });
  switch (method) {
    case "setProp": {
      const [name, value = null] = args;
      return told.set(id, { props: { ...told.get(id).props, [display(name)]: value } });
    }
    case "setFilter":
      return told.set(id, { filter: display(args[0] ?? "") });
    case "focus":
      return later(focus);
    case "scrollTo":
      return later((element) => element.scrollIntoView({ block: "center", behavior: motion() }));
    default: {
      const message = `a component of the view has no ${method}`;
      return fail({ code: "INVALID_ARGUMENTS", message });
    }
  }
}

const FOCUSABLE = "input, textarea, select, button, a[href], [tabindex]";

function focus(element: HTMLElement): void {
  const target = element.matches(FOCUSABLE) ? element : element.querySelector<HTMLElement>(FOCUSABLE);
  target?.focus();
}

const motion = (): ScrollBehavior =>
  matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
