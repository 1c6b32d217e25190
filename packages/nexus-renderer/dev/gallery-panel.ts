/** A panel with every component of the catalogue, with every property and in every state. */
import type { JsonObject, PanelAst } from "../src/generated/protocol";
import { customEl, each, el, panel, tool, when } from "../tests/support/parse";

export const STATE: JsonObject = {
  name: "Ada Lovelace",
  email: "",
  note: "The Analytical Engine weaves algebraic patterns\njust as the Jacquard loom weaves flowers and leaves.",
  amount: 1250.5,
  dark: true,
  beta: false,
  requests: 48210,
  todos: [
    { id: 1, title: "Review the parser", done: true },
    { id: 2, title: "Draw the empty states", done: false },
    { id: 3, title: "Measure click to DOM", done: false },
  ],
  orders: Array.from({ length: 24 }, (_, n) => ({
    id: `ORD-${1040 + n}`,
    customer: ["Grace Hopper", "Alan Turing", "Katherine Johnson", "Edsger Dijkstra"][
      n % 4
    ] as string,
    status: ["Paid", "Open", "Refunded"][n % 3] as string,
    total: 20 + ((n * 37) % 400) + 0.5,
  })),
  traffic: ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].map((day, n) => ({
    day,
    visits: [1200, 1900, 1700, 2400, 2800, 1500, 1100][n] as number,
    signups: [120, 210, 180, 320, 410, 160, 90][n] as number,
  })),
  log: [
    { level: "info", message: "Listening on 127.0.0.1:3000", time: "09:41:07" },
    { level: "debug", message: "Snapshot taken at revision 200", time: "09:41:09" },
    { level: "warn", message: "Extension http answered in 2,140 ms", time: "09:42:31" },
    { level: "error", message: "TIMEOUT in tool refresh after 5,000 ms", time: "09:43:02" },
    "A line of plain text",
  ],
  none: [],
  agreed: true,
  size: 2,
  volume: 62.5,
  page: "code",
  asking: false,
};

const card = (title: string, ...children: Parameters<typeof el>[2][]) =>
  el("Container", { title }, ...children);

const VIEW = el(
  "Layout",
  { strategy: "stack", gap: "lg" },
  el("Text", { content: "Operations", variant: "h1" }),
  el("Text", {
    content: "A calm page that shows every component in its usual company.",
    variant: "caption",
  }),
  el("Text", { content: "Today", variant: "h2" }),
  el(
    "Layout",
    {},
    el("Metric", {
      label: "Requests today",
      value: "{$state.requests.toLocaleString('en')}",
      trend: "up",
    }),
    el("Metric", { label: "Error rate", value: 0.42, unit: "%", trend: "down" }),
    el("Metric", { label: "Median latency", value: 2.5, unit: "ms", trend: "neutral" }),
    el("Metric", {
      label: "A label that is far too long for its box",
      value: "{$state.none.length}",
    }),
    el(
      "Container",
      { title: "Traffic" },
      el("Chart", {
        data: "{$state.traffic}",
        xKey: "day",
        yKey: ["visits", "signups"],
        height: 220,
      }),
    ),
    el(
      "Container",
      { title: "Sign-ups" },
      el("Chart", {
        type: "bar",
        data: "{$state.traffic}",
        xKey: "day",
        yKey: "signups",
        height: 220,
      }),
    ),
  ),
  el(
    "Layout",
    {},
    card("Area", el("Chart", { type: "area", data: "{$state.traffic}", yKey: ["visits", "signups"], height: 200 })),
    card("Pie", el("Chart", { type: "pie", title: "Visits by day", data: "{$state.traffic}", yKey: "visits", height: 240 })),
    card(
      "Scatter",
      el("Chart", {
        type: "scatter",
        data: "{$state.traffic}",
        xKey: "visits",
        yKey: "signups",
        height: 200,
      }),
    ),
  ),
  card(
    "Markdown",
    el("Markdown", {
      content:
        "# Version 2.4\n\nA *quiet* release with [notes](/docs).\n\n- [x] faster\n- [ ] smaller\n\n| Measure | After |\n| :-- | --: |\n| First paint | `430 ms` |",
    }),
    customEl({ module: "acme.map", component: "Map" }),
  ),
  el(
    "Layout",
    {},
    el("Metric", { label: "Pressed as a whole", value: 7, unit: "open", trigger: "toast" }),
    el(
      "Card",
      { title: "A card that leads on", trigger: "toast" },
      el("Text", { content: "It is pressed anywhere, by pointer and by key.", variant: "caption" }),
    ),
    el(
      "Card",
      { title: "One with a button of its own", trigger: "toast" },
      el("Action", { label: "Only this", trigger: "fail" }),
    ),
  ),
  el(
    "Layout",
    { strategy: "row", gap: "sm", justify: "stretch" },
    el("Button", { label: "As wide" }),
    el("Button", { label: "as there is room", variant: "secondary" }),
  ),
  el(
    "Layout",
    { strategy: "row", gap: "sm" },
    el("StatusBadge", { label: "Operational", status: "success" }),
    el("StatusBadge", { label: "Degraded", status: "warn" }),
    el("StatusBadge", { label: "Down", status: "error" }),
    el("StatusBadge", { label: "Scheduled", status: "info" }),
  ),
  card(
    "Account",
    el("Input", { label: "Name", bind: "$state.name" }),
    el("Input", {
      label: "Email",
      bind: "$state.email",
      inputType: "email",
      placeholder: "you@example.org",
    }),
    el("Input", { label: "Amount", bind: "$state.amount", inputType: "number" }),
    el("Input", { label: "Disabled", bind: "$state.name", disabled: true }),
    el("Input", { label: "Notes", bind: "$state.note", multiline: true, rows: 4 }),
    el(
      "Layout",
      { strategy: "stack", gap: "sm" },
      el("Switch", { label: "Dark mode", bind: "$state.dark" }),
      el("Switch", { label: "Beta features", bind: "$state.beta" }),
      el("Switch", { label: "Not for you", bind: "$state.beta", disabled: true }),
    ),
    el(
      "Layout",
      { strategy: "row", gap: "sm", justify: "end" },
      el("Button", { label: "Delete account", variant: "danger", trigger: "fail" }),
      el("Button", { label: "Cancel", variant: "ghost", trigger: "toast" }),
      el("Button", { label: "Preview", variant: "secondary", trigger: "toast" }),
      el("Button", { label: "Save changes", trigger: "slow" }),
      el("Button", { label: "Disabled", disabled: true }),
    ),
  ),
  card(
    "Tasks",
    el(
      "Layout",
      { strategy: "stack", gap: "xs" },
      each(
        "$state.todos",
        "todo",
        "id",
        el(
          "Layout",
          { strategy: "flex", align: "center", justify: "space-between", gap: "sm" },
          el("Switch", { bind: "$scope.todo.done", label: "{$scope.todo.title}" }),
          el(
            "Layout",
            { strategy: "flex", direction: "row", gap: "xs" },
            el("Action", { label: "Edit", trigger: "toast" }),
            el("Action", { label: "Delete", variant: "ghost", trigger: "toast", disabled: "{$scope.todo.done}" }),
          ),
        ),
      ),
    ),
    when(
      "$state.beta",
      [el("Text", { content: "Beta features are on." })],
      [el("Text", { content: "Beta features are off.", variant: "caption" })],
    ),
  ),
  el(
    "Card",
    { title: "Subscription" },
    el(
      "Form",
      { trigger: "slow", "aria-label": "Subscription" },
      el("Input", { label: "Name", bind: "$state.name" }),
      el("Select", {
        label: "Seats",
        bind: "$state.size",
        options: [
          { value: 1, label: "One" },
          { value: 2, label: "Two to five" },
          { value: 6, label: "A whole house full of people who all want to write at once" },
        ],
      }),
      el("Select", { label: "Plan", bind: "$state.email", options: ["Free", "Team"] }),
      el("Select", { label: "Disabled", bind: "$state.size", options: [2], disabled: true }),
      el("Slider", { label: "Volume", bind: "$state.volume", min: 0, max: 100, step: 0.5 }),
      el("Slider", { label: "Disabled", bind: "$state.volume", disabled: true }),
      el("Checkbox", { label: "I agree", bind: "$state.agreed" }),
      el("Checkbox", { label: "Send me news", bind: "$state.beta" }),
      el("Checkbox", { label: "Disabled", bind: "$state.agreed", disabled: true }),
      el("Button", { label: "Subscribe" }),
    ),
  ),
  el(
    "Tabs",
    { bind: "$state.page", "aria-label": "More" },
    el(
      "Tab",
      { title: "Code", value: "code" },
      el("Code", {
        language: "Python",
        content:
          "for todo in todos:\n    if not todo.done:\n        print(todo.title, 'is still open, and has been for longer than anybody would have thought when it was written down')",
      }),
      el("Code", { content: "SELECT name, total\nFROM orders\nWHERE status = 'Open';" }),
    ),
    el(
      "Tab",
      { title: "Progress", value: "progress" },
      el("Progress", { label: "Import", value: 3, max: 4 }),
      el("Progress", { label: "Waiting for an answer" }),
      el("Spinner", { label: "Fetching the rest" }),
      el("Spinner"),
    ),
    el(
      "Tab",
      { title: "Links and pictures", value: "links" },
      el(
        "List",
        {},
        el("ListItem", {}, el("Link", { label: "To another host", href: "https://example.org/" })),
        el("ListItem", {}, el("Link", { label: "In this page", href: "#gallery" })),
        el("ListItem", {}, el("Link", { label: "Refused", href: "javascript:alert(1)" })),
        el("ListItem", {}, "A plain item of a list"),
      ),
      el("Image", {
        alt: "A gradient",
        src: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAHgAAAAwCAIAAABVDSmEAAAA50lEQVR42u3Cw3UAAABEwe0wP7ZtG/3Etm2znHSxp503KuAvDQW/aahCftJQRXynoYr5SkOV8JmGKuUjDVXGexqqnLc0VAWvaahKXtJQVTynoap5SkPV8JiGquUhDVXHfRqqnrs0VAO3aahGbtJQTVynoZq5SkO1cJmGauUiDdXGeRqqnbM0VAenaahOTtJQXRynobo5SkP1cJiG6uUgDdXHfhqqn7001AC7aahBdtJQQ2ynoYbZSkONsJmGGmUjDTXGehpqnLU01ASraahJVtJQUyynoaZZSkPNsJiGmmUhDTXHfBr+A13i92G7XS5QAAAAAElFTkSuQmCC",
      }),
      el("Image", { alt: "Refused picture", src: "https://example.org/picture.png" }),
    ),
  ),
  el(
    "Row",
    { justify: "end", align: "center" },
    el("Switch", { label: "Ask in a dialog", bind: "$state.asking" }),
    el(
      "Modal",
      { title: "Delete the account?", bind: "$state.asking", open: false, trigger: "toast" },
      el("Text", { content: "Everything in it is gone then, and nobody can bring it back." }),
      el("Input", { label: "Type your name", bind: "$state.email" }),
      el(
        "Row",
        { justify: "end", gap: "sm" },
        el("Button", { label: "Delete", variant: "danger", trigger: "fail" }),
      ),
    ),
  ),
  el("Table", {
    data: "{$state.orders}",
    sortable: true,
    pageSize: 8,
    rowTrigger: "toast",
    rowKey: "id",
    "aria-label": "Orders",
    columns: ["id", "customer", "status", { key: "total", label: "Total" }],
  }),
  el(
    "Container",
    { title: "Activity", variant: "section" },
    el("LogStream", { data: "{$state.log}", height: 150, autoScroll: false }),
  ),
  el(
    "Container",
    { title: "Sunken panel", variant: "panel" },
    el("Text", { content: "Heading two", variant: "h2" }),
    el("Text", { content: "Heading three", variant: "h3" }),
    el("Text", { content: "Heading four", variant: "h4" }),
    el("Text", {
      content:
        "Body text is set at fourteen pixels with generous leading, so that a paragraph of some length stays pleasant to read on any screen that a panel may find itself on.",
    }),
    el("Text", { content: "const answer = await $ext.http.get(url);", variant: "code" }),
  ),
  el(
    "Column",
    { gap: "lg", align: "stretch", justify: "start" },
    el("Text", { content: "What is missing, empty or broken", variant: "h2" }),
    el("Text", { content: "{$state.missing.name}" }),
    el("Hologram", {}),
    customEl({ module: "acme.broken" }),
    el("Table", { data: "{$state.none}", columns: ["a", "b"], "aria-label": "No orders" }),
    el(
      "Layout",
      {},
      card("Nothing to plot", el("Chart", { data: "{$state.none}", height: 120 })),
      card("Nothing logged", el("LogStream", { data: "{$state.none}", height: 120 })),
    ),
    el("Table", { data: "not a list" }),
    each("$state.name", "letter", null, el("Text", { content: "{$scope.letter}" })),
  ),
);

export const AST: PanelAst = panel(VIEW, { title: "Gallery", tools: [tool("toast", "key")] });
