// @requirement ui.renderer
/** How much is drawn again when something changes. */
import { act } from "@testing-library/react";
import { beforeEach, expect, test } from "vitest";
import type { DrawProps } from "../src/index";
import type { Json } from "../src/generated/protocol";
import { draw } from "./support/render";
import { each, el, panel } from "./support/parse";

let drawn: string[] = [];
const Text = ({ props }: DrawProps<"Text">) => {
  drawn.push(props.content);
  return <p>{props.content}</p>;
};

const list = (count: number): Json[] =>
  Array.from({ length: count }, (_, id) => ({ id, title: `t${id}`, done: false }));

beforeEach(() => {
  drawn = [];
});

test("one changed row of 300 in a keyed Iterate draws one row", () => {
  const view = el(
    "Layout",
    {},
    each("$state.rows", "row", "id", el("Text", { content: "{$scope.row.title}" })),
  );
  const { store } = draw(panel(view), { rows: list(300) }, {}, { Text });
  expect(drawn).toHaveLength(300);
  drawn = [];
  act(() => store.patch({ op: "replace", path: "/rows/250/title", value: "new" }));
  expect(drawn).toEqual(["new"]);
});

test("one changed row of 300 in an Iterate over a computed list draws one row", () => {
  const view = el(
    "Layout",
    {},
    each("$state.open", "row", "id", el("Text", { content: "{$scope.row.title}" })),
  );
  const { store } = draw(
    panel(view, { computed: { open: "$state.rows.filter(r => !r.done)" } }),
    { rows: list(300) },
    {},
    { Text },
  );
  drawn = [];
  act(() => store.patch({ op: "replace", path: "/rows/250/title", value: "new" }));
  expect(drawn).toEqual(["new"]);
});

test("a row that is inserted first draws no row whose content stays", () => {
  const view = el(
    "Layout",
    {},
    each("$state.rows", "row", "id", el("Text", { content: "{$scope.row.title}" })),
  );
  const { store } = draw(panel(view), { rows: list(50) }, {}, { Text });
  drawn = [];
  act(() => store.patch({ op: "add", path: "/rows/0", value: { id: 99, title: "first" } }));
  expect(drawn).toEqual(["first"]);
});

test("one changed row of 300 in a Table draws one row", () => {
  let reads: number[] = [];
  // A member that tells when it is read, which only drawing its row does.
  const watched = list(300).map((row, index) =>
    Object.defineProperty({ ...(row as object) }, "title", {
      enumerable: true,
      get: () => {
        reads.push(index);
        return `t${index}`;
      },
    }),
  ) as unknown as Json[];
  const { store, container } = draw(
    panel(el("Table", { data: "{$state.rows}", columns: [{ key: "title", align: "start" }] })),
    { rows: watched },
  );
  expect(new Set(reads).size).toBe(300);
  reads = [];
  act(() => store.patch({ op: "replace", path: "/rows/250", value: { id: 250, title: "new" } }));
  expect(reads).toEqual([]);
  expect(container.querySelectorAll("tbody tr")[250]?.textContent).toBe("new");
});

test("a change draws only the nodes whose expressions read it", () => {
  const view = el(
    "Layout",
    {},
    el("Text", { content: "{$state.a}" }),
    el("Text", { content: "{$state.user.name}" }),
    el("Text", { content: "static" }),
  );
  const { store } = draw(panel(view), { a: 1, b: 1, user: { name: "Ada", age: 1 } }, {}, { Text });
  drawn = [];
  act(() =>
    store.patch(
      { op: "replace", path: "/b", value: 2 },
      { op: "replace", path: "/user/age", value: 2 },
    ),
  );
  expect(drawn).toEqual([]);
  act(() => store.patch({ op: "replace", path: "/user/name", value: "Bob" }));
  expect(drawn).toEqual(["Bob"]);
});

test("an expression whose value stays the same draws nothing, whatever it read", () => {
  const { store } = draw(
    panel(el("Text", { content: "{$state.n > 10 ? 'many' : 'few'}" })),
    { n: 1 },
    {},
    { Text },
  );
  drawn = [];
  act(() => store.patch({ op: "replace", path: "/n", value: 2 }));
  expect(drawn).toEqual([]);
});
