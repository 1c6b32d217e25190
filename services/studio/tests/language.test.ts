import { CompletionContext } from "@codemirror/autocomplete";
import { EditorState } from "@codemirror/state";
import { expect, test } from "vitest";

import { completeNxml } from "../src/source/language/completion.ts";
import { explain } from "../src/source/language/explanation.ts";
import { nxmlSupport } from "../src/source/language/index.ts";
import { nxml } from "../src/source/language/nxml.ts";

/** The names of the nodes around the first place where `text` stands, innermost first. */
function around(source: string, text: string): string[] {
  const names: string[] = [];
  const tree = nxml.parser.parse(source);
  for (let node = tree.resolveInner(source.indexOf(text) + 1, -1); ; ) {
    names.push(node.name);
    if (node.parent === null) return names;
    node = node.parent;
  }
}

/** What is offered where the bar stands. */
function offered(marked: string): string[] {
  const pos = marked.indexOf("|");
  const state = EditorState.create({ doc: marked.replace("|", ""), extensions: nxmlSupport });
  return (completeNxml(new CompletionContext(state, pos, true))?.options ?? []).map(({ label }) => label);
}

test("a handler is JavaScript up to its end, comparisons and all", () => {
  const source = "<Handler>for (let i = 0; i < 3 && ok; i++) { a(i); }</Handler><Text/>";
  expect(around(source, "i < 3")).toContain("ForStatement");
  expect(around(source, "Text")).toEqual(["TagName", "SelfClosingTag", "Element", "Document"]);
});

test("a handler in CDATA is JavaScript too", () => {
  expect(around("<Handler><![CDATA[ x = '</Handler>'; ]]></Handler>", "x =")).toContain("Script");
});

test("an expression may hold strings with braces in them", () => {
  expect(around(`<Text content="{$state.a ? '}' : 2} items" />`, "items")).toContain("DoubleQuotedText");
});

test("arguments written as an object are an object", () => {
  expect(around('<Button args="{ id: $scope.n.id }" />', "id:")).toContain("ObjectExpression");
});

test("a doubled brace is text", () => {
  expect(around("<Text>{{literal}}</Text>", "literal")).toEqual(["Text", "Element", "Document"]);
});

test("an expression that is never closed ends with its attribute", () => {
  expect(around('<Text content="{$state." /><Button/>', "Button")).toContain("TagName");
});

test("elements are offered after an angle bracket", () => {
  expect(offered("<View><|")).toEqual(expect.arrayContaining(["Button", "Layout", "Tool"]));
});

test("a component's own attributes and the common ones are offered", () => {
  expect(offered("<Button va|")).toEqual(expect.arrayContaining(["variant", "label", "trigger", "args"]));
});

test("the values of a choice are offered", () => {
  expect(offered('<Button variant="p|" />')).toEqual(["primary", "secondary", "danger", "ghost"]);
});

test("the panel's own tools and states are offered by name", () => {
  const declarations = '<State name="count" /><Computed name="twice" /><Tool name="add"></Tool>';
  expect(offered(`${declarations}<Button trigger="a|" />`)).toEqual(["add"]);
  expect(offered(`${declarations}<Text>{$state.|}</Text>`)).toEqual(["count", "twice"]);
});

const DECLARED =
  '<State name="count" type="number" description="How many." /><Tool name="add"><Arg name="by" /><Handler>HERE</Handler></Tool>';

test.each([
  ["Text>{$st|}", ["$state", "$scope"]],
  [DECLARED.replace("HERE", "$to|"), ["$state", "$scope", "$args", "$tools", "$ext", "$emit", "$view", "$log", "$time"]],
  [DECLARED.replace("HERE", "$state.co|"), ["count"]],
  [DECLARED.replace("HERE", "return $args.|"), ["by"]],
  [DECLARED.replace("HERE", "await $tools.|"), ["add"]],
  [`${DECLARED}<Input bind="$state.|" />`, ["count"]],
  [`<Iterate each="{$state.rows}" as="row"><Text>{$scope.|}</Text></Iterate>`, ["row"]],
  [DECLARED.replace("HERE", "const total|"), []],
])("in code, where the bar stands in %s, the names are %j", (marked, names) => {
  expect(offered(marked)).toEqual(names);
});

/** What is said about the first place where `text` stands. */
function explained(source: string, text: string): string | null {
  const state = EditorState.create({ doc: source, extensions: nxmlSupport });
  const found = explain(state, source.indexOf(text) + 1);
  return found === null ? null : `${found.title} (${found.detail}): ${found.doc}`;
}

test.each([
  ["<Button/>", "Button", /^Button \(component\): .+/],
  ["<Handler>1</Handler>", "Handler", /^Handler \(element\): JavaScript/],
  ['<Button variant="primary"/>', "variant", /^variant \(choice.*\): .+/],
  [`${DECLARED}<Text>{$state.count}</Text>`, "count}", /^\$state\.count \(State, number\): How many\.$/],
  [DECLARED.replace("HERE", "$emit('x')"), "$emit", /^\$emit \(\): Tell/],
])("in %s the word %j is explained", (source, text, words) => {
  expect(explained(source, text)).toMatch(words);
});

test("what means nothing is not explained", () => {
  expect(explained("<Nonsense>words</Nonsense>", "Nonsense")).toBeNull();
  expect(explained("<Text>costs $state.count</Text>", "costs")).toBeNull();
});

test.each(["<Text>{$state.|}</Text>", '<Text content="{$state.|}" />', "<Handler>$state.|</Handler>", "<View>|</View>"])(
  "the editor asks for completions in %s",
  (marked) => {
    const state = EditorState.create({ doc: marked.replace("|", ""), extensions: nxmlSupport });
    expect(state.languageDataAt("autocomplete", marked.indexOf("|"), -1)).toEqual([completeNxml]);
  },
);
