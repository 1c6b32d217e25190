// @requirement ui.renderer
import { act, screen, waitFor, within } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { CATALOGUE } from "../src/generated/catalogue";
import type { Json, PatchOp } from "../src/generated/protocol";
import { RUNS_ITS_TOOL } from "../src/react/press";
import { draw } from "./support/render";
import { each, el, panel, tool, when } from "./support/parse";

const replace = (path: string, value: Json): PatchOp => ({ op: "replace", path, value });

const nextFrame = (): Promise<void> =>
  act(() => new Promise<void>((resolve) => requestAnimationFrame(() => resolve())));

describe("Layout and Container", () => {
  test("place their children on the grid by their columns", () => {
    const { container } = draw(
      panel(
        el(
          "Layout",
          { gap: "lg" },
          el("Metric", { label: "A", value: 1 }),
          el("Text", { content: "B" }),
        ),
      ),
    );
    const layout = container.querySelector(".nx-layout") as Element;
    expect(layout.className).toBe(
      "nx-layout nx-layout-auto nx-gap-lg nx-align-stretch nx-justify-start nx-span-12",
    );
    expect([...layout.children].map((child) => child.className)).toEqual([
      "nx-metric nx-span-3",
      "nx-text nx-text-body nx-span-12",
    ]);
  });

  test("a container is a group with its title as name", () => {
    draw(panel(el("Container", { title: "Details", variant: "panel" }, "inside")));
    expect(screen.getByRole("group", { name: "Details" }).textContent).toContain("inside");
  });

  test("the titles of containers in one another are headings one below the other", () => {
    const inner = el("Container", { title: "Inner" }, el("Card", { title: "Innermost" }));
    draw(panel(el("Container", { title: "Outer" }, el("Container", {}, inner))));
    const level = (name: string) => screen.getByRole("heading", { name }).localName;
    expect(["Outer", "Inner", "Innermost"].map(level)).toEqual(["h3", "h4", "h5"]);
  });

  test("an unknown choice is its default", () => {
    const { container } = draw(panel(el("Layout", { strategy: "masonry" })));
    expect(container.querySelector(".nx-layout-auto")).not.toBeNull();
  });
});

describe("the short forms", () => {
  test.each([
    ["Row", "nx-layout nx-layout-row nx-gap-md nx-align-stretch nx-justify-start nx-span-12"],
    ["Column", "nx-layout nx-layout-stack nx-gap-md nx-align-stretch nx-justify-start nx-span-12"],
    ["Card", "nx-container nx-container-card nx-span-12"],
  ])("%s is what it is short for", (name, className) => {
    const { container } = draw(panel(el(name, {}, "inside")));
    expect(container.querySelector(".nx-span-12")?.className).toBe(className);
  });

  test("a card is a group with its title as name", () => {
    draw(panel(el("Card", { title: "Details" }, "inside")));
    expect(screen.getByRole("group", { name: "Details" }).textContent).toContain("inside");
  });
});

describe("List", () => {
  test("is a list of its items, those that are repeated too", () => {
    draw(
      panel(
        el(
          "List",
          { "aria-label": "Things" },
          el("ListItem", {}, "first"),
          each("$state.xs", "x", null, el("ListItem", {}, "{$scope.x}")),
        ),
      ),
      { xs: ["a", "b"] },
    );
    const list = screen.getByRole("list", { name: "Things" });
    expect(within(list).getAllByRole("listitem").map((item) => item.textContent)).toEqual([
      "first",
      "a",
      "b",
    ]);
  });
});

describe("Progress and Spinner", () => {
  test.each([
    [{ value: 3, max: 4 }, ["3", "4"], "75%"],
    [{ value: 120 }, ["100", "100"], "100%"],
    [{ value: -1, max: 0 }, ["0", "100"], "0%"],
    [{}, [null, "100"], ""],
  ])("progress of %j says how far it is", (given, values, shown) => {
    const { container } = draw(panel(el("Progress", { label: "Import", ...given })));
    const bar = screen.getByRole("progressbar", { name: "Import" });
    expect(["aria-valuenow", "aria-valuemax"].map((name) => bar.getAttribute(name))).toEqual(values);
    expect(container.textContent).toBe(`Import${shown}`);
  });

  test.each([
    [{}, "Loading"],
    [{ label: "Fetching" }, "Fetching"],
  ])("a spinner with %j says what goes on", (given, words) => {
    draw(panel(el("Spinner", given)));
    expect(screen.getByRole("status").textContent).toBe(words);
  });
});

describe("Code", () => {
  const width = vi.spyOn(HTMLElement.prototype, "scrollWidth", "get");
  afterEach(() => width.mockReset());

  test("is preformatted text under the name of its language", () => {
    const { container } = draw(panel(el("Code", { content: "a\n  b", language: "Python" })));
    expect(screen.getByText("Python")).toBeDefined();
    expect(container.querySelector("pre > code")?.textContent).toBe("a\n  b");
    expect(screen.queryByRole("region")).toBeNull();
  });

  test("that scrolls can be focused, and has a name then", async () => {
    width.mockReturnValue(900);
    const { user } = draw(panel(el("Code", { content: "long", language: "Python" })));
    await user.tab();
    expect(document.activeElement).toBe(screen.getByRole("region", { name: "Code in Python" }));
  });
});

describe("Text", () => {
  test.each([
    ["h1", "H1"],
    ["h4", "H4"],
    ["body", "P"],
    ["code", "CODE"],
    ["caption", "P"],
  ])("as %s is a %s", (variant, element) => {
    draw(panel(el("Text", { content: "Words", variant })));
    expect(screen.getByText("Words").tagName).toBe(element);
  });

  test("takes its children as its content, with what they interpolate", () => {
    draw(panel(el("Text", {}, "Hello {$state.name}!")), { name: "Ada" });
    expect(screen.getByText("Hello Ada!")).toBeDefined();
  });

  test("is never taken for markup", () => {
    const { container } = draw(panel(el("Text", { content: "{$state.html}" })), {
      html: "<img src=x onerror=alert(1)>",
    });
    expect(container.querySelector("img")).toBeNull();
    expect(screen.getByText("<img src=x onerror=alert(1)>")).toBeDefined();
  });
});

describe("Metric and StatusBadge", () => {
  test("a metric shows label, figure, unit and trend", () => {
    draw(
      panel(
        el("Metric", { label: "Load", value: "{$state.a + $state.b}", unit: "%", trend: "up" }),
      ),
      { a: 0.1, b: 0.2 },
    );
    expect(screen.getByRole("group", { name: "Load" }).textContent).toBe("Load0.3%rising");
  });

  test("a badge shows its words in the colour of its status", () => {
    draw(panel(el("StatusBadge", { label: "Down", status: "error" })));
    expect(screen.getByText("Down").className).toBe("nx-badge nx-badge-error");
  });
});

describe("Button and Action", () => {
  test("run their tool with arguments as they are at the click", async () => {
    const ast = panel(el("Button", { label: "Go", trigger: "go", args: "{ n: $state.n + 1 }" }));
    const { store, user } = draw(ast, { n: 1 });
    act(() => store.patch(replace("/n", 5)));
    await user.click(screen.getByRole("button", { name: "Go" }));
    expect(store.calls).toEqual([{ tool: "go", args: { n: 6 } }]);
  });

  test("take no second press while their tool runs, and say so when that lasts", async () => {
    let finish: (ops: PatchOp[]) => void = () => undefined;
    const { store, user } = draw(
      panel(el("Action", { label: "Go", trigger: "slow" })),
      {},
      {
        slow: () => new Promise((resolve) => (finish = resolve)),
      },
    );
    const button = screen.getByRole("button", { name: "Go" });
    await user.click(button);
    await user.click(button);
    expect(store.calls).toHaveLength(1);
    expect(button.getAttribute("aria-busy")).toBeNull();
    await waitFor(() => expect(button.getAttribute("aria-busy")).toBe("true"));
    await act(async () => finish([]));
    expect(button.getAttribute("aria-busy")).toBeNull();
  });

  test("are without effect when disabled", async () => {
    const { store, user } = draw(
      panel(el("Button", { label: "Go", trigger: "go", disabled: "{$state.off}" })),
      { off: true },
    );
    await user.click(screen.getByRole("button", { name: "Go" }));
    expect(store.calls).toEqual([]);
  });

  test("show the error of their tool in the panel until it is dismissed", async () => {
    const { user } = draw(
      panel(el("Button", { label: "Go", trigger: "go" })),
      {},
      {
        go: () => {
          throw new Error("out of milk");
        },
      },
    );
    await user.click(screen.getByRole("button", { name: "Go" }));
    expect(screen.getByRole("alert").textContent).toBe("EXECUTION_ERROR out of milk");
    await user.click(screen.getByRole("button", { name: "Dismiss" }));
    expect(screen.queryByRole("alert")).toBeNull();
  });

  test("tell why their arguments cannot be evaluated, and run nothing", async () => {
    const { store, user } = draw(
      panel(el("Button", { label: "Go", trigger: "go", args: "{ n: $state.none.n }" })),
    );
    await user.click(screen.getByRole("button", { name: "Go" }));
    expect(store.calls).toEqual([]);
    expect(screen.getByRole("alert").textContent).toContain("INVALID_ARGUMENTS");
  });
});

describe("Input", () => {
  test("shows and writes what it is bound to", async () => {
    const { store, user } = draw(panel(el("Input", { label: "Name", bind: "$state.user.name" })), {
      user: { name: "A" },
    });
    await user.type(screen.getByLabelText("Name"), "da");
    expect(store.getSnapshot().state).toEqual({ user: { name: "Ada" } });
    expect(screen.getByLabelText<HTMLInputElement>("Name").value).toBe("Ada");
  });

  test.each(["text", "password", "email", "date", "search"])(
    "of type %s is one of the page",
    (inputType) => {
      draw(panel(el("Input", { label: "Field", bind: "$state.v", inputType })), { v: "" });
      expect(screen.getByLabelText("Field").getAttribute("type")).toBe(inputType);
    },
  );

  test("of a number writes numbers and leaves unfinished ones alone", async () => {
    const { store, user } = draw(
      panel(el("Input", { label: "N", bind: "$state.n", inputType: "number" })),
      { n: null },
    );
    const field = screen.getByLabelText<HTMLInputElement>("N");
    await user.type(field, "-1.");
    expect([field.value, store.getSnapshot().state.n]).toEqual(["-1.", -1]);
    await user.type(field, "5");
    expect([field.value, store.getSnapshot().state.n]).toEqual(["-1.5", -1.5]);
    await user.clear(field);
    expect(store.getSnapshot().state.n).toBeNull();
  });

  test("runs its tool on Enter", async () => {
    const { store, user } = draw(
      panel(el("Input", { label: "Name", bind: "$state.v", trigger: "add" })),
      { v: "" },
    );
    await user.type(screen.getByLabelText("Name"), "x{Enter}");
    expect(store.calls).toEqual([{ tool: "add", args: {} }]);
  });

  test("of several lines runs its tool on Ctrl+Enter only", async () => {
    const { store, user } = draw(
      panel(el("Input", { label: "Text", bind: "$state.v", multiline: true, trigger: "send" })),
      { v: "" },
    );
    await user.type(screen.getByLabelText("Text"), "a{Enter}b");
    expect([store.getSnapshot().state.v, store.calls]).toEqual(["a\nb", []]);
    await user.type(screen.getByLabelText("Text"), "{Control>}{Enter}{/Control}");
    expect(store.calls).toEqual([{ tool: "send", args: {} }]);
  });
});

describe("Switch", () => {
  test("turns its boolean over, by pointer and by keyboard, then runs its tool", async () => {
    const { store, user } = draw(
      panel(el("Switch", { label: "Dark", bind: "$state.dark", trigger: "changed" })),
      { dark: false },
    );
    const control = screen.getByRole("switch", { name: "Dark" });
    await user.click(control);
    expect(control.getAttribute("aria-checked")).toBe("true");
    control.focus();
    await user.keyboard(" ");
    expect(store.getSnapshot().state.dark).toBe(false);
    expect(store.calls.map((call) => call.tool)).toEqual(["changed", "changed"]);
  });
});

describe("Table", () => {
  const rows = [
    { id: "a", name: "Tea", price: 4 },
    { id: "b", name: "Milk", price: 1.5 },
    { id: "c", name: "bread", price: 12 },
  ];
  const cells = (): string[][] =>
    screen
      .getAllByRole("row")
      .slice(1)
      .map((row) =>
        within(row)
          .getAllByRole("cell")
          .map((c) => c.textContent ?? ""),
      );

  test("shows the keys of its first row as columns, and every row", () => {
    draw(panel(el("Table", { data: "{$state.rows}" })), { rows });
    expect(screen.getAllByRole("columnheader").map((h) => h.textContent)).toEqual([
      "Id",
      "Name",
      "Price",
    ]);
    expect(cells()).toEqual([
      ["a", "Tea", "4"],
      ["b", "Milk", "1.5"],
      ["c", "bread", "12"],
    ]);
  });

  test("shows the declared columns", () => {
    draw(
      panel(
        el("Table", {
          data: "{$state.rows}",
          columns: ["name", { key: "price", label: "Euro", align: "center" }],
        }),
      ),
      { rows },
    );
    expect(screen.getAllByRole("columnheader").map((h) => h.textContent)).toEqual(["Name", "Euro"]);
    expect(cells()[0]).toEqual(["Tea", "4"]);
  });

  test("sorts up, down and not at all, and says so", async () => {
    const { user } = draw(
      panel(el("Table", { data: "{$state.rows}", columns: ["name"], sortable: true })),
      { rows },
    );
    const header = screen.getByRole("columnheader");
    const sort = within(header).getByRole("button");
    const seen = [];
    for (let i = 0; i < 3; i += 1) {
      await user.click(sort);
      seen.push([header.getAttribute("aria-sort"), cells().flat().join()]);
    }
    expect(seen).toEqual([
      ["ascending", "bread,Milk,Tea"],
      ["descending", "Tea,Milk,bread"],
      ["none", "Tea,Milk,bread"],
    ]);
  });

  test("turns pages", async () => {
    const { user } = draw(panel(el("Table", { data: "{$state.rows}", pageSize: 2 })), { rows });
    expect(cells()).toHaveLength(2);
    await user.click(screen.getByRole("button", { name: "Next page" }));
    expect(cells()).toEqual([["c", "bread", "12"]]);
    expect(screen.getByText("3–3 of 3")).toBeDefined();
  });

  test("runs the row's tool with what it declares of row, index and key", async () => {
    const ast = panel(el("Table", { data: "{$state.rows}", sortable: true, rowTrigger: "open" }), {
      tools: [tool("open", "key", "index", "row")],
    });
    const { store, user } = draw(ast, { rows });
    await user.click(screen.getByText("Milk"));
    expect(store.calls).toEqual([{ tool: "open", args: { key: "b", index: 1, row: rows[1] } }]);
  });

  test("is walked with the arrows, and Enter opens the row", async () => {
    const ast = panel(el("Table", { data: "{$state.rows}", rowTrigger: "open" }), {
      tools: [tool("open", "key")],
    });
    const { store, user } = draw(ast, { rows });
    await user.tab();
    await user.keyboard("{ArrowDown}");
    await nextFrame();
    await user.keyboard("{ArrowDown}");
    await nextFrame();
    await user.keyboard("{Enter}");
    expect(store.calls).toEqual([{ tool: "open", args: { key: "c" } }]);
  });

  test("of ten thousand rows draws those in sight, and the last is an End away", async () => {
    const many = Array.from({ length: 10_000 }, (_, id) => ({ id }));
    const ast = panel(el("Table", { data: "{$state.rows}", rowTrigger: "open" }), {
      tools: [tool("open", "key")],
    });
    const { store, user } = draw(ast, { rows: many });
    expect(screen.getAllByRole("row").length).toBeLessThan(200);
    await user.tab();
    await user.keyboard("{End}");
    await nextFrame();
    await user.keyboard("{Enter}");
    expect(store.calls).toEqual([{ tool: "open", args: { key: 9999 } }]);
  });

  test("without rows says so", () => {
    draw(panel(el("Table", { data: "{$state.rows}" })), { rows: [] });
    expect(screen.getByText("No rows")).toBeDefined();
  });
});

describe("Chart", () => {
  beforeEach(() => {
    // The test's page has no layout; a picture needs to know how wide it is.
    vi.spyOn(HTMLElement.prototype, "getBoundingClientRect").mockReturnValue(
      new DOMRect(0, 0, 480, 300),
    );
  });

  afterEach(() => vi.restoreAllMocks());

  test.each(["line", "bar", "area", "pie", "scatter"])(
    "as %s is a named image with its figures as a table",
    async (type) => {
      const { container } = draw(
        panel(
          el("Chart", {
            type,
            data: "{$state.points}",
            xKey: "day",
            yKey: ["in", "out"],
            title: "Traffic",
          }),
        ),
        {
          points: [
            { day: "Mon", in: 1, out: 2 },
            { day: "Tue", in: 3, out: null },
          ],
        },
      );
      expect(screen.getByRole("img", { name: "Traffic" })).toBeDefined();
      const table = screen.getByRole("table", { name: "Traffic" });
      expect(
        within(table)
          .getAllByRole("row")
          .map((row) => row.textContent),
      ).toEqual(["dayinout", "Mon12", "Tue3"]);
      await vi.waitFor(
        () => expect(container.querySelector("svg.recharts-surface")).not.toBeNull(),
        { timeout: 15_000 },
      );
    },
    20_000,
  );

  test("as pie sums up what is beyond twelve parts", async () => {
    const points = Array.from({ length: 40 }, (_, n) => ({ name: `P${n}`, size: 1 }));
    draw(panel(el("Chart", { type: "pie", data: "{$state.points}" })), { points });
    await vi.waitFor(() => expect(screen.getByText("Others")).toBeDefined());
    expect(document.querySelectorAll(".recharts-pie-sector")).toHaveLength(12);
  });

  test("takes hostile labels as text", () => {
    const { container } = draw(
      panel(el("Chart", { data: "{$state.points}", title: "<img src=x onerror=alert(1)>" })),
      {
        points: [{ x: "<img src=x onerror=alert(1)>", y: 1 }],
      },
    );
    expect(container.querySelector("img")).toBeNull();
  });

  test("without data says so", () => {
    draw(panel(el("Chart", { data: "{$state.points}" })), { points: [] });
    expect(screen.getByText("No data")).toBeDefined();
  });
});

describe("LogStream", () => {
  test("shows texts and structured lines in order", () => {
    draw(panel(el("LogStream", { data: "{$state.lines}", height: 120 })), {
      lines: ["plain", { level: "warn", message: "low", time: "12:30" }],
    });
    const log = screen.getByRole("log");
    expect([...log.children].map((line) => line.textContent)).toEqual(["plain", "12:30warnlow"]);
    expect(log.style.height).toBe("120px");
  });
});

describe("If and Iterate", () => {
  test("one branch is drawn, and the other when the condition turns", () => {
    const { store, container } = draw(panel(el("Layout", {}, when("$state.on", ["yes"], ["no"]))), {
      on: true,
    });
    expect(container.textContent).toBe("yes");
    act(() => store.patch(replace("/on", false)));
    expect(container.textContent).toBe("no");
  });

  test("each item is drawn with its scope, and scopes nest", () => {
    const view = el(
      "Layout",
      {},
      each(
        "$state.groups",
        "g",
        "id",
        each(
          "$scope.g.items",
          "x",
          null,
          el("Text", {}, "{$scope.g.id}{$scope.gIndex}-{$scope.x}{$scope.index} "),
        ),
      ),
    );
    const { container } = draw(panel(view), {
      groups: [
        { id: "a", items: ["p", "q"] },
        { id: "b", items: ["r"] },
      ],
    });
    expect(container.textContent).toBe("a0-p0 a0-q1 b1-r0 ");
  });

  const todos = [
    { id: 1, title: "Milk", done: false },
    { id: 2, title: "Tea", done: true },
  ];
  test.each([
    ["a list of the state", "$state.todos", {}],
    ["a filtered list", "$state.todos.filter(t => !t.done)", {}],
    ["a computed list", "$state.open", { open: "$state.todos.filter(t => !t.done)" }],
  ])("an item of %s is written where it stands in the state", async (_name, items, computed) => {
    const state = { todos: [todos[1]!, todos[0]!] };
    const view = each(
      items,
      "t",
      "id",
      el("Input", { bind: "$scope.t.title", "aria-label": "{$scope.t.id}" }),
    );
    const { store, user } = draw(panel(view, { computed }), state);
    await user.type(screen.getByLabelText("1"), "!!");
    expect(store.getSnapshot().state).toEqual({
      todos: [todos[1], { ...todos[0], title: "Milk!!" }],
    });
  });

  test("an item that stands nowhere in the state cannot be written, and says so", async () => {
    const view = each(
      "$state.todos.map(t => ({ ...t }))",
      "t",
      "id",
      el("Input", { bind: "$scope.t.title", "aria-label": "{$scope.t.id}" }),
    );
    const { store, user } = draw(panel(view), { todos });
    await user.type(screen.getByLabelText("1"), "!");
    expect(store.getSnapshot().state).toEqual({ todos });
    expect(screen.getByRole("alert").textContent).toContain("INVALID_PATH");
  });
});

describe("every component", () => {
  test("is hidden while visible is false", () => {
    const { store, container } = draw(panel(el("Text", { content: "x", visible: "{$state.on}" })), {
      on: false,
    });
    expect(container.textContent).toBe("");
    act(() => store.patch(replace("/on", true)));
    expect(container.textContent).toBe("x");
  });

  test("takes id and class names, but none of the renderer's own", () => {
    const { container } = draw(
      panel(el("Container", { id: "box", className: "mine nx-toasts z-[99] also" })),
    );
    const box = container.querySelector("#nx-box") as Element;
    expect(box.className).toBe("nx-container nx-container-card nx-span-12 mine also");
  });

  test("whose expression fails shows the error in its place, and its siblings live", () => {
    const { store } = draw(
      panel(
        el(
          "Layout",
          {},
          el("Text", { content: "{$state.none.name}" }),
          el("Text", { content: "{$state.n}" }),
        ),
      ),
      { n: 1 },
    );
    expect(screen.getByTitle('content: cannot read "name" of undefined')).toBeDefined();
    act(() =>
      store.patch(replace("/n", 2), { op: "add", path: "/none", value: { name: "there" } }),
    );
    expect(screen.getByText("2")).toBeDefined();
    expect(screen.getByText("there")).toBeDefined();
  });

  test("that throws is contained and says so, and its siblings live", () => {
    const original = console.error;
    console.error = () => undefined;
    const Broken = (): never => {
      throw new Error("broken inside");
    };
    draw(
      panel(
        el("Layout", {}, el("Metric", { label: "A", value: 1 }), el("Text", { content: "alive" })),
      ),
      {},
      {},
      { Metric: Broken },
    );
    console.error = original;
    expect(screen.getByRole("alert").textContent).toContain(
      "Metric could not be drawnbroken inside",
    );
    expect(screen.getByText("alive")).toBeDefined();
  });

  test("that is unknown is a placeholder with its name", () => {
    draw(panel(el("Hologram", { depth: 3 })));
    expect(screen.getByText("Hologram")).toBeDefined();
  });
});

describe("computed values", () => {
  const computed = {
    open: "$state.todos.filter(t => !t.done)",
    count: "$state.open.length",
    a: "$state.b",
    b: "$state.a",
    c: "$state.none.x",
  };

  test("are read through the state and follow it", () => {
    const { store, container } = draw(
      panel(el("Text", { content: "{$state.count}" }), { computed }),
      { todos: [{ done: false }] },
    );
    act(() => store.patch({ op: "add", path: "/todos/-", value: { done: false } }));
    expect(container.textContent).toBe("2");
  });

  test("that depend on themselves are an error where they are read", () => {
    draw(
      panel(
        el("Layout", {}, el("Text", { content: "{$state.a}" }), el("Text", { content: "fine" })),
        { computed },
      ),
    );
    expect(screen.getByTitle(/computed from itself/)).toBeDefined();
    expect(screen.getByText("fine")).toBeDefined();
  });

  test("that failed are there when what they need is", () => {
    const { store, container } = draw(panel(el("Text", { content: "{$state.c}" }), { computed }));
    act(() => store.patch({ op: "add", path: "/none", value: { x: "now" } }));
    expect(container.textContent).toBe("now");
  });
});

describe("What is given a tool", () => {
  const press = (element: Element, key?: string): void => {
    act(() => {
      if (key === undefined) element.dispatchEvent(new MouseEvent("click", { bubbles: true }));
      else element.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    });
  };

  test.each([
    ["Text", { content: "Go" }],
    ["Metric", { label: "Go", value: 1 }],
    ["StatusBadge", { label: "Go" }],
    ["Card", { title: "Go" }],
    ["Row", { "aria-label": "Go" }],
    ["Image", { alt: "Go", src: "/go.png" }],
  ])("%s is a button, by pointer and by key", async (name, props) => {
    const { store } = draw(panel(el(name, { ...props, trigger: "go" }), { tools: [tool("go")] }));
    const button = screen.getByRole("button", { name: /^Go/ });
    for (const key of [undefined, "Enter", " "]) {
      press(button, key);
      await waitFor(() => expect(button.getAttribute("aria-busy")).toBeNull());
    }
    expect(store.calls.map((call) => call.tool)).toEqual(["go", "go", "go"]);
  });

  const others = {
    Layout: {},
    Column: {},
    Container: {},
    List: {},
    ListItem: {},
    LogStream: { data: [] },
    Chart: { data: [] },
    Markdown: { content: "Go" },
    Code: { content: "go()" },
    Progress: { value: 1 },
    Spinner: {},
  };
  test.each(Object.entries(others))("%s is pressed", (name, props) => {
    const { store } = draw(panel(el(name, { ...props, id: "it", trigger: "go" }), { tools: [tool("go")] }));
    press(document.getElementById("nx-it") as HTMLElement);
    expect(store.calls.map((call) => call.tool)).toEqual(["go"]);
  });

  test("is any component that is more than what it holds", () => {
    const words = ["Text", "Metric", "StatusBadge", "Card", "Row", "Image"];
    const drawn = Object.values(CATALOGUE).filter(({ structural }) => !structural);
    const made = [...words, ...Object.keys(others), ...RUNS_ITS_TOOL];
    expect(drawn.map(({ name }) => name as string).sort()).toEqual(made.sort());
  });

  test("and holds a button leaves it its presses, and is no button around a button", async () => {
    const inner = el("Action", { label: "Inner", trigger: "inner" });
    const tools = [tool("outer"), tool("inner")];
    const { store } = draw(panel(el("Card", { title: "Outer", trigger: "outer" }, inner), { tools }));
    press(screen.getByRole("button", { name: "Inner" }));
    press(screen.getByRole("group", { name: "Outer" }));
    expect(store.calls.map((call) => call.tool)).toEqual(["inner", "outer"]);
  });

  test("runs it for a link that is followed, and for a row of a table", () => {
    const view = el(
      "Column",
      {},
      el("Link", { label: "Away", href: "#away", trigger: "go" }),
      el("Table", { data: "{$state.rows}", trigger: "go" }),
    );
    const { store } = draw(panel(view, { tools: [tool("go", "key")] }), { rows: [{ id: "a" }] });
    press(screen.getByRole("link", { name: "Away" }));
    press(screen.getByRole("cell", { name: "a" }));
    expect(store.calls.map((call) => call.args)).toEqual([{}, { key: "a" }]);
  });
});

test("a picture that cannot be loaded is told by its words", () => {
  draw(panel(el("Image", { alt: "A loom", src: "/gone.png" })));
  act(() => void screen.getByRole("img", { name: "A loom" }).dispatchEvent(new Event("error")));
  expect(screen.queryByRole("img")).toBeNull();
  expect(screen.getByText("A loom").getAttribute("title")).toBe("The picture could not be loaded.");
});

test("a choice without anything to choose says so", () => {
  draw(panel(el("Select", { label: "Plan", bind: "$state.plan", options: "{$state.none}" })), { plan: null, none: [] });
  expect(screen.getByRole("combobox", { name: "Plan" }).textContent).toBe("Nothing to choose");
});
