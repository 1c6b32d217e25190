import { CATALOGUE, type PanelAst, type Span, type ViewNode } from "nexus-renderer";
import { expect, test } from "vitest";

import type { Direction } from "../src/app/direction.ts";
import { nearest, targetsOf } from "../src/properties/drops.ts";
import { findItem, type Item, itemAt, mayHold, outlineOf } from "../src/properties/outline.ts";
import { firstInView, firstOf, GROUPS } from "../src/properties/palette.ts";
import {
  besideNeighbour,
  type Carried,
  dissolved,
  dropped,
  duplicated,
  moved,
  pathWithout,
  type Plan,
  removed,
  widened,
  widthOf,
} from "../src/properties/rearranging.ts";
import { textOf, withoutIds } from "../src/properties/text.ts";

/** A view in short: `Layout(Text, Card(Button))`, every node in its own span of that very text. */
function viewOf(source: string): Item {
  let at = 0;
  const node = (): ViewNode => {
    const start = at;
    const name = /^[\w:#]+/.exec(source.slice(at))?.[0] ?? "";
    at += name.length;
    const [type = "", strategy] = name.split(":");
    const children: ViewNode[] = [];
    if (source[at] === "(") {
      do {
        at++;
        while (source[at] === " ") at++;
        children.push(node());
      } while (source[at] === ",");
      at++;
    }
    const loc = { line: 1, column: start + 1, endLine: 1, endColumn: at + 1 };
    return made(type, strategy, children, loc);
  };
  return outlineOf({ view: node() } as PanelAst) as Item;
}

function made(name: string, strategy: string | undefined, children: ViewNode[], loc: Span): ViewNode {
  const [type = "", id] = name.split("#");
  const address = `${loc.column}:${type}`;
  if (type === "If") return { kind: "if", address, children, otherwise: [], loc } as unknown as ViewNode;
  if (type === "Iterate") return { kind: "iterate", address, children, loc } as unknown as ViewNode;
  const props = strategy === undefined ? {} : { strategy: { kind: "literal", value: strategy } };
  return { kind: "component", type, id, address, props, children, loc } as unknown as ViewNode;
}

const at = (root: Item, ...path: number[]): Item => itemAt(root, path) as Item;
const item = (of: Item): Carried => ({ kind: "item", item: of });
const stepsOf = (plan: Plan | null) => plan?.steps;

// ---- order

test("an element moves before and after its siblings, and is followed to where it comes", () => {
  const root = viewOf("Layout(Text, Button, Input)");
  expect(moved(at(root, 1), "earlier")).toMatchObject({
    steps: [{ type: "Move", address: "14:Button", spot: { before: "8:Text" } }],
    path: [0],
  });
  expect(moved(at(root, 0), "later")).toMatchObject({
    steps: [{ type: "Move", address: "8:Text", spot: { before: "22:Input" } }],
    path: [1],
  });
  expect([moved(at(root, 0), "earlier"), moved(at(root, 2), "later"), moved(root, "later")]).toEqual([null, null, null]);
});

test("an element moves out of its container and into one beside it", () => {
  const root = viewOf("Layout(Card(Text), Button, Column)");
  expect(moved(at(root, 0, 0), "out")?.path).toEqual([1]);
  expect(moved(at(root, 1), "in")?.path).toEqual([0, 1]);
  expect(stepsOf(moved(at(root, 0), "in"))).toEqual([{ type: "Move", address: "8:Card", spot: { inside: "28:Column" } }]);
  expect(moved(at(root, 0), "in")?.path).toEqual([1, 0]);
});

test("the path of what stays behind something that goes is one less, at every depth", () => {
  expect([
    pathWithout([2, 1], [1]),
    pathWithout([0, 1], [1]),
    pathWithout([0, 2, 4], [0, 1]),
    pathWithout([1, 2], [0, 1]),
    pathWithout([0], [0, 1]),
  ]).toEqual([[1, 1], [0, 1], [0, 1, 4], [1, 2], [0]]);
});

// ---- what may stand where

test.each([
  ["Text", "Layout", true],
  ["Text", "Tabs", false],
  ["If", "Tabs", false],
  ["Tab", "Tabs", true],
  ["Tab", "Card", false],
  ["ListItem", "List(Iterate)", true],
  ["ListItem", "Layout(Iterate)", false],
  ["Form", "Form(Card)", false],
  ["Text", "Button", false],
  ["Text", "Metric", false],
  ["Text", "Unheard", true],
])("%s in the innermost of %s: %s", (name, view, may) => {
  let inner = viewOf(view);
  while (inner.children[0] !== undefined) inner = inner.children[0];
  expect(mayHold(inner, [name])).toBe(may);
});

test("what an element brings along counts: a Form in a Card goes into no Form", () => {
  const root = viewOf("Layout(Form(Button), Card(Form))");
  const drop = { kind: "between", place: { parent: at(root, 0), index: 0 } } as const;
  expect(dropped(item(at(root, 1)), drop, "")).toBeNull();
});

test("nothing is put into itself", () => {
  const root = viewOf("Layout(Card(Column), Text)");
  const drop = { kind: "between", place: { parent: at(root, 0, 0), index: 0 } } as const;
  expect(dropped(item(at(root, 0)), drop, "")).toBeNull();
});

// ---- rows and spans

test("an element put beside one that stands below others makes a row of the two", () => {
  const source = "Column(Card(Text), Text, Chart)";
  const root = viewOf(source);
  const drop = { kind: "beside", target: at(root, 2), side: "before" } as const;
  expect(dropped(item(at(root, 0)), drop, source)).toMatchObject({
    steps: [
      { type: "Replace", address: "26:Chart", nxml: "<Row>Card(Text)Chart</Row>" },
      { type: "Remove", address: "8:Card" },
    ],
    path: [1, 0],
  });
  expect(besideNeighbour(at(root, 2), source)?.path).toEqual([1, 1]);
});

test("where children stand beside each other anyway there is no row to make, except where two do not fit", () => {
  const row = viewOf("Row(Text, Text)");
  const grid = viewOf("Layout(Metric, Button, Table)");
  expect([
    besideNeighbour(at(row, 1), ""),
    besideNeighbour(at(grid, 1), ""),
    besideNeighbour(at(grid, 2), "") === null,
  ]).toEqual([null, null, false]);
});

test("what is put beside the root makes a Layout of the two", () => {
  const root = viewOf("Table");
  const carried: Carried = { kind: "new", name: "Button", nxml: "<Button/>", declared: [] };
  expect(dropped(carried, { kind: "beside", target: root, side: "after" }, "Table")).toMatchObject({
    steps: [{ type: "Replace", address: "1:Table", nxml: "<Layout>Table<Button/></Layout>" }],
    path: [1],
  });
});

test("an element of a grid takes all of its columns, and its own again", () => {
  const source = "Layout(Input, Layout(Metric), Table)";
  const root = viewOf(source);
  expect([widthOf(at(root, 0)), widthOf(at(root, 1, 0)), widthOf(at(root, 2))]).toEqual([
    { columns: 6, own: 6, isWhole: false },
    { columns: 12, own: 3, isWhole: true },
    null,
  ]);
  expect(widened(at(root, 0), true, source)).toMatchObject({
    steps: [{ type: "Replace", address: "8:Input", nxml: "<Layout>Input</Layout>" }],
    path: [0, 0],
  });
  expect(widened(at(root, 1, 0), false, source)).toMatchObject({
    steps: [{ type: "Replace", address: "15:Layout", nxml: "Metric" }],
    path: [1],
  });
});

// ---- more and fewer

test("a copy of an element has none of its names", () => {
  const source = "<Card id=\"a\" title='id=\"x\"'>\n  <Text id='b'>é id=\"c\"</Text>\n</Card>";
  const text = { line: 2, column: 3, endLine: 2, endColumn: 30 };
  const whole = { line: 1, column: 1, endLine: 3, endColumn: 8 };
  expect(withoutIds(source, whole, [whole, text])).toBe("<Card title='id=\"x\"'>\n  <Text>é id=\"c\"</Text>\n</Card>");
  expect(textOf(`😀<Text/>\n`, { line: 1, column: 2, endLine: 1, endColumn: 9 })).toBe("<Text/>");
});

test("a copy comes after the first, and what is removed leaves its neighbour chosen", () => {
  const source = "Layout(Text, Button)";
  const root = viewOf(source);
  expect(duplicated(at(root, 0), source)).toMatchObject({
    steps: [{ type: "Insert", spot: { after: "8:Text" }, nxml: "Text" }],
    path: [1],
  });
  expect([removed(at(root, 1))?.path, removed(at(root, 0))?.path, removed(root)?.path]).toEqual([[0], [0], null]);
});

test("a container goes and leaves what is in it where it was, if that may stand there", () => {
  const source = "Layout(Text, Card(Button, Input), List(ListItem))";
  const root = viewOf(source);
  expect(stepsOf(dissolved(at(root, 1), source))).toEqual([
    { type: "Insert", spot: { before: "14:Card" }, nxml: "Button\nInput" },
    { type: "Remove", address: "14:Card" },
  ]);
  expect(dissolved(at(root, 2), source)).toBeNull();
});

// ---- what can be added

const EMPTY = { data: { states: [], computed: [] }, logic: { tools: [] } } as unknown as PanelAst;

test("the palette has every component of the catalogue once, but Else and what a host registers", () => {
  const names = GROUPS.flatMap((group) => group.names);
  const known = Object.keys(CATALOGUE).filter((name) => !["Else", "CustomComponent"].includes(name));
  expect(names.toSorted()).toEqual(known.toSorted());
});

test("what a new element needs is declared with it, under a name that is free", () => {
  const taken = { ...EMPTY, data: { states: [{ name: "text" }], computed: [] } } as unknown as PanelAst;
  expect(firstOf("Input", taken, "<Data>")).toMatchObject({
    nxml: '<Input label="Label" bind="$state.text2"/>',
    declared: [{ type: "Insert", spot: { inside: "Data" }, nxml: `<State name="text2" type="string" default=''/>` }],
  });
  expect(firstOf("Form", EMPTY, "").declared).toMatchObject([
    { spot: { inside: "NexusPanel" }, nxml: '<Logic><Tool name="submit"><Handler>$log("submit");</Handler></Tool></Logic>' },
  ]);
});

test("the first element of a panel brings its sections along, at one place", () => {
  const source = "<NexusPanel/>";
  expect(firstInView(firstOf("Switch", EMPTY, source), source)).toEqual([
    {
      type: "Insert",
      spot: { inside: "NexusPanel" },
      nxml: `<Data><State name="on" type="boolean" default='false'/></Data>\n<View><Layout><Switch label="Label" bind="$state.on"/></Layout></View>`,
    },
  ]);
  expect(firstOf("Switch", EMPTY, "<Logic/><View/>").declared).toMatchObject([{ spot: { before: "Logic" } }]);
});

// ---- dropping

const BOXES: Readonly<Record<string, readonly [number, number, number, number]>> = {
  Column: [0, 0, 600, 300],
  Text: [0, 0, 600, 40],
  Chart: [0, 60, 600, 200],
  Tabs: [0, 220, 600, 300],
};

test("the nearest place that the catalogue allows is meant, and none where all are far", () => {
  const root = viewOf("Column(Text, Chart, Tabs)");
  const boxesOf = ({ name }: Item) => {
    const [left, top, right, bottom] = BOXES[name] ?? [0, 0, 0, 0];
    return [{ left, top, right, bottom }];
  };
  const places = (name: string, x: number, y: number, direction: Direction = "ltr") => {
    const carried: Carried = { kind: "new", name, nxml: "", declared: [] };
    const drop = nearest(targetsOf(root, boxesOf, carried, direction), x, y, 50)?.drop;
    return drop?.kind === "beside" ? [drop.target.name, drop.side] : drop && [drop.place.parent.name, drop.place.index];
  };
  expect([places("Button", 300, 50), places("Button", 590, 130), places("Tab", 300, 250), places("Tab", 300, 50)]).toEqual([
    ["Column", 1],
    ["Chart", "after"],
    ["Tabs", 0],
    undefined,
  ]);
  expect(places("Button", 590, 130, "rtl")).toEqual(["Chart", "before"]);
  expect(findItem(root, "8:Text")?.name).toBe("Text");
});
