// @requirement ui.custom
/** Components of the host: how they are found, what they get, what they can do, how they fail. */
import { act, render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { type ReactElement, useEffect, useState } from "react";
import { renderToString } from "react-dom/server";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { JsonObject, PanelAst } from "../src/generated/protocol";
import {
  type CustomComponentProps,
  type CustomComponents,
  type CustomModule,
  NXMLRenderer,
} from "../src/index";
import { MemoryPanel } from "../src/testing";
import { customEl, each, el, panel } from "./support/parse";

beforeEach(() => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
});
afterEach(() => {
  vi.restoreAllMocks();
});

function draw(ast: PanelAst, customComponents?: CustomComponents, state: JsonObject = {}) {
  const store = new MemoryPanel(ast, state);
  const view = (registered?: CustomComponents): ReactElement => (
    <NXMLRenderer ast={ast} store={store} customComponents={registered} />
  );
  const result = render(view(customComponents));
  return { ...result, store, show: (next?: CustomComponents) => result.rerender(view(next)) };
}

/** Shows what it gets, writes its zoom, and tells of a click. */
function Map({ values, onChange, emit, children }: CustomComponentProps): ReactElement {
  return (
    <div>
      <output>{JSON.stringify(values)}</output>
      <button onClick={() => onChange("zoom", Number(values.zoom) + 1)}>Closer</button>
      <button onClick={() => emit("select", { id: "p1" })}>Select</button>
      <button onClick={() => emit("leave")}>Leave</button>
      {children}
    </div>
  );
}

const Globe = (): ReactElement => <p>A globe</p>;
const MAPS: CustomModule = { default: Map, Globe };

describe("a registered component", () => {
  test("gets the values of the panel, plain and bound, as they are in the state", () => {
    const { store } = draw(
      panel(customEl({ module: "acme.map", scale: 2, places: "{$state.places}", "bind:zoom": "$state.zoom" })),
      { "acme.map": MAPS },
      { places: ["a"], zoom: 9 },
    );
    const shown = (): unknown => JSON.parse(screen.getByRole("status").textContent);
    expect(shown()).toEqual({ scale: 2, places: ["a"], zoom: 9 });
    act(() => store.patch({ op: "replace", path: "/zoom", value: 10 }));
    expect(shown()).toEqual({ scale: 2, places: ["a"], zoom: 10 });
  });

  test("writes what is bound", async () => {
    const { store } = draw(
      panel(customEl({ module: "acme.map", "bind:zoom": "$state.zoom" })),
      { "acme.map": MAPS },
      { zoom: 9 },
    );
    await userEvent.click(screen.getByRole("button", { name: "Closer" }));
    expect(store.getSnapshot().state).toEqual({ zoom: 10 });
  });

  test("writes to the item that it is drawn for", async () => {
    const map = customEl({ module: "acme.map", "bind:zoom": "$scope.place.zoom" });
    const { store } = draw(
      panel(each("$state.places", "place", "id", map)),
      { "acme.map": MAPS },
      { places: [{ id: 1, zoom: 1 }, { id: 2, zoom: 5 }] },
    );
    await userEvent.click(screen.getAllByRole("button", { name: "Closer" })[1] as HTMLElement);
    expect(store.getSnapshot().state).toEqual({ places: [{ id: 1, zoom: 1 }, { id: 2, zoom: 6 }] });
  });

  test("runs the tool of an event with the payload as its arguments, else with those given", async () => {
    const { store } = draw(
      panel(
        customEl({
          module: "acme.map",
          args: "{ place: $state.place }",
          "on:select": "pick",
          "on:leave": "goAway",
        }),
      ),
      { "acme.map": MAPS },
      { place: "home" },
    );
    await userEvent.click(screen.getByRole("button", { name: "Select" }));
    await userEvent.click(screen.getByRole("button", { name: "Leave" }));
    expect(store.calls).toEqual([
      { tool: "pick", args: { id: "p1" } },
      { tool: "goAway", args: { place: "home" } },
    ]);
  });

  test("does nothing by an event or a name that the panel does not give", async () => {
    const { store } = draw(panel(customEl({ module: "acme.map" })), { "acme.map": MAPS });
    for (const name of ["Closer", "Select", "Leave"])
      await userEvent.click(screen.getByRole("button", { name }));
    expect([store.calls, store.getSnapshot().state]).toEqual([[], {}]);
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test.each(["constructor", "__proto__", "toString", "hasOwnProperty"])(
    "reaches nothing by the name %s",
    (name) => {
      const Reaching = ({ onChange, emit }: CustomComponentProps): null => {
        useEffect(() => {
          onChange(name, 1);
          emit(name);
        });
        return null;
      };
      const { store } = draw(panel(customEl({ module: "m" })), { m: { default: Reaching } });
      expect([store.calls, store.getSnapshot().state]).toEqual([[], {}]);
    },
  );

  test("is told where what it gives is no JSON", async () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    const Wrong = ({ onChange, emit }: CustomComponentProps): ReactElement => (
      <button
        onClick={() => {
          onChange("v", cycle as never);
          emit("e", "text" as never);
        }}
      >
        Go
      </button>
    );
    const { store } = draw(
      panel(customEl({ module: "m", "bind:v": "$state.v", "on:e": "t" })),
      { m: { default: Wrong } },
    );
    await userEvent.click(screen.getByRole("button", { name: "Go" }));
    expect(screen.getByText("SERIALIZATION_ERROR")).toBeTruthy();
    expect(screen.getByText("INVALID_ARGUMENTS")).toBeTruthy();
    expect([store.calls, store.getSnapshot().state]).toEqual([[], {}]);
  });

  test("keeps its functions, so that its effects run once", async () => {
    const effects = vi.fn();
    const Steady = ({ values, onChange, emit }: CustomComponentProps): ReactElement => {
      useEffect(() => effects(), [onChange, emit]);
      return <p>{String(values.n)}</p>;
    };
    const { store } = draw(
      panel(customEl({ module: "m", n: "{$state.n}" })),
      { m: { default: Steady } },
      { n: 1 },
    );
    act(() => store.patch({ op: "replace", path: "/n", value: 2 }));
    expect([screen.getByText("2").tagName, effects.mock.calls.length]).toEqual(["P", 1]);
  });

  test("shows what the panel has put into it", () => {
    draw(panel(customEl({ module: "acme.map" }, el("Text", { content: "Inside" }))), {
      "acme.map": MAPS,
    });
    expect(screen.getByText("Inside")).toBeTruthy();
  });

  test("may be one of several of its module", () => {
    draw(panel(customEl({ module: "acme.map", component: "Globe" })), { "acme.map": MAPS });
    expect(screen.getByText("A globe")).toBeTruthy();
  });

  test("has the name that the panel gives it", () => {
    draw(panel(customEl({ module: "acme.map", "aria-label": "Places" })), { "acme.map": MAPS });
    expect(screen.getByRole("group", { name: "Places" })).toBeTruthy();
  });

  test("gets no value of a name that objects have by themselves", () => {
    const node = customEl({ module: "acme.map", scale: 1 });
    const props = JSON.parse('{"__proto__": {"kind": "literal", "value": {"admin": true}}}') as object;
    const hostile = { ...node, custom: { ...node.custom, props: { ...node.custom?.props } } };
    Object.defineProperty(hostile.custom.props, "__proto__", {
      value: Object.values(props)[0],
      enumerable: true,
    });
    draw(panel(hostile as typeof node), { "acme.map": MAPS });
    expect(screen.getByRole("status").textContent).toBe('{"scale":1}');
  });

  test("is drawn although a value cannot be evaluated, which is said", () => {
    draw(panel(customEl({ module: "acme.map", scale: 1, places: "{$state.no.way}" })), {
      "acme.map": MAPS,
    });
    expect(screen.getByRole("status").textContent).toBe('{"scale":1}');
    expect(screen.getByText(/^places: /)).toBeTruthy();
  });
});

test.each([
  null,
  5,
  "text",
  { props: null, bindings: 5, events: [] },
  { props: { a: null, b: { kind: "nothing" } }, bindings: { c: { kind: "literal", value: 1 } } },
  { events: { select: { toString: 1 } } },
])("a tree that no parser made is drawn or contained: %j", async (custom) => {
  const node = { ...customEl({ module: "acme.map" }), custom } as never;
  const { store } = draw(panel(el("Layout", {}, node, el("Text", { content: "sibling" }))), {
    "acme.map": MAPS,
  });
  for (const button of screen.queryAllByRole("button", { name: /Closer|Select|Leave/ }))
    await userEvent.click(button);
  expect([store.calls, store.getSnapshot().state]).toEqual([[], {}]);
  expect(screen.getByText("sibling")).toBeTruthy();
});

describe("a component that is not there", () => {
  test.each(["acme.map", "__proto__", "constructor", "toString"])(
    "of module %s leaves a place that names it",
    (module) => {
      draw(panel(el("Layout", {}, customEl({ module }), el("Text", { content: "sibling" }))), {
        "acme.other": MAPS,
      });
      expect(screen.getByText(module).closest("div")?.textContent).toBe(
        `Custom component ${module}It is not registered where this panel is shown.`,
      );
      expect(screen.getByText("sibling")).toBeTruthy();
    },
  );

  test.each(["Sphere", "__proto__", "hasOwnProperty"])("by the name %s is told", (component) => {
    draw(panel(customEl({ module: "acme.map", component })), { "acme.map": MAPS });
    expect(screen.getByText(`It has no component ${component}.`)).toBeTruthy();
  });

  test("appears once it is registered", () => {
    const { show } = draw(panel(customEl({ module: "acme.map", component: "Globe" })));
    show({ "acme.map": MAPS });
    expect(screen.getByText("A globe")).toBeTruthy();
  });
});

describe("a component that is loaded", () => {
  test("waits in its place, and is asked for once, however often its host is drawn", async () => {
    const load = vi.fn(() => Promise.resolve(MAPS));
    const ast = panel(
      el("Layout", {}, ...[1, 2].map(() => customEl({ module: "acme.map", component: "Globe" }))),
    );
    const { show } = draw(ast, { "acme.map": () => load() });
    expect(screen.getAllByRole("status", { name: "Loading acme.map" })).toHaveLength(2);
    await waitFor(() => expect(screen.getAllByText("A globe")).toHaveLength(2));
    show({ "acme.map": () => load() });
    expect(screen.getAllByText("A globe")).toHaveLength(2);
    expect(load).toHaveBeenCalledTimes(1);
  });

  test("keeps what it holds when its host is drawn again", async () => {
    const Counter = (): ReactElement => {
      const [count, setCount] = useState(0);
      return <button onClick={() => setCount(count + 1)}>{`Count ${count}`}</button>;
    };
    const registered = (): CustomComponents => ({ m: () => Promise.resolve({ default: Counter }) });
    const { show } = draw(panel(customEl({ module: "m" })), registered());
    await userEvent.click(await screen.findByRole("button", { name: "Count 0" }));
    show(registered());
    expect(screen.getByRole("button", { name: "Count 1" })).toBeTruthy();
  });

  test("says why it could not be, and is tried again when asked", async () => {
    const load = vi.fn<() => Promise<CustomModule>>();
    load.mockRejectedValueOnce(new Error("offline")).mockResolvedValueOnce(MAPS);
    draw(panel(customEl({ module: "acme.map", component: "Globe" })), { "acme.map": load });
    expect((await screen.findByRole("alert")).textContent).toContain(
      "acme.map could not be loadedoffline",
    );
    await userEvent.click(screen.getByRole("button", { name: "Try again" }));
    expect(await screen.findByText("A globe")).toBeTruthy();
  });

  test("is not asked for on a server, which shows its place", () => {
    const ast = panel(customEl({ module: "acme.map" }));
    const load = vi.fn(() => Promise.resolve(MAPS));
    const html = renderToString(
      <NXMLRenderer
        ast={ast}
        store={new MemoryPanel(ast)}
        customComponents={{ "acme.map": load }}
      />,
    );
    expect(html).toContain('aria-label="Loading acme.map"');
    expect(load).not.toHaveBeenCalled();
  });
});

test("a component that throws is contained, named, and drawn again when asked", async () => {
  let broken = true;
  const Fragile = (): ReactElement => {
    if (broken) throw new Error("no canvas");
    return <p>Drawn</p>;
  };
  draw(panel(el("Layout", {}, customEl({ module: "m" }), el("Text", { content: "sibling" }))), {
    m: { default: Fragile },
  });
  expect(screen.getByRole("alert").textContent).toContain("m could not be drawnno canvas");
  expect(screen.getByText("sibling")).toBeTruthy();
  broken = false;
  await userEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(screen.getByText("Drawn")).toBeTruthy();
});
