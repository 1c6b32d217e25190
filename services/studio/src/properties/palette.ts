/**
 * What can be added to a view: the components of the catalogue in the groups in which the language
 * describes them, and each as it is first written. What a new one needs that the panel has not, such
 * as a state to be bound to, is declared with it.
 */
import type { PanelAst, StateDeclaration } from "nexus-renderer";

import type { Carried, Step } from "./rearranging.ts";

/** All but Else, which an If is given in its source, and what a host registers. */
export const GROUPS: readonly { readonly title: string; readonly names: readonly string[] }[] = [
  {
    title: "Arranging",
    names: ["Layout", "Row", "Column", "Container", "Card", "List", "ListItem", "Tabs", "Tab", "Modal"],
  },
  {
    title: "Text and figures",
    names: ["Text", "Markdown", "Code", "Metric", "StatusBadge", "Progress", "Spinner", "LogStream", "Chart", "Table"],
  },
  { title: "Fields", names: ["Input", "Select", "Slider", "Switch", "Checkbox", "Form"] },
  { title: "Acting and leading on", names: ["Button", "Action", "Link", "Image"] },
  { title: "Conditions and repetition", names: ["If", "Iterate"] },
];

type New = Extract<Carried, { readonly kind: "new" }>;
type StateType = StateDeclaration["type"];

/** What a first version is written with: names of states and tools that are there, or become so. */
interface Names {
  state(type: StateType, name: string, start: string): string;
  tool(name: string): string;
}

const ROWS = '[{"id": 1, "name": "First", "value": 3}, {"id": 2, "name": "Second", "value": 5}]';

const ITEMS = '["First", "Second"]';

const FIRST: Readonly<Record<string, (names: Names) => string>> = {
  Layout: () => "<Layout></Layout>",
  Row: () => "<Row></Row>",
  Column: () => "<Column></Column>",
  Container: () => '<Container title="Title"></Container>',
  Card: () => '<Card title="Title"></Card>',
  List: () => "<List><ListItem><Text>Item</Text></ListItem></List>",
  ListItem: () => "<ListItem><Text>Item</Text></ListItem>",
  Tabs: () => `<Tabs>${["First", "Second"].map((title) => `<Tab title="${title}"><Text>Text</Text></Tab>`).join("")}</Tabs>`,
  Tab: () => '<Tab title="Title"><Text>Text</Text></Tab>',
  Modal: ({ state }) =>
    `<Modal title="Title" bind="$state.${state("boolean", "open", "false")}"><Text>Text</Text></Modal>`,
  Text: () => "<Text>Text</Text>",
  Markdown: () => "<Markdown>Some **text**.</Markdown>",
  Code: () => "<Code>code</Code>",
  Metric: () => '<Metric label="Label" value="{0}"/>',
  StatusBadge: () => '<StatusBadge label="Status" status="info"/>',
  Progress: () => '<Progress label="Progress" value="40"/>',
  Spinner: () => '<Spinner label="Working"/>',
  LogStream: ({ state }) => `<LogStream data="{$state.${state("list", "lines", '["First line"]')}}"/>`,
  Chart: ({ state }) =>
    `<Chart type="bar" data="{$state.${state("list", "rows", ROWS)}}" xKey="name" yKey="value" title="Chart"/>`,
  Table: ({ state }) => `<Table data="{$state.${state("list", "rows", ROWS)}}"/>`,
  Input: ({ state }) => `<Input label="Label" bind="$state.${state("string", "text", "")}"/>`,
  Select: ({ state }) =>
    `<Select label="Label" bind="$state.${state("string", "choice", "One")}" options="{['One', 'Two']}"/>`,
  Slider: ({ state }) => `<Slider label="Label" bind="$state.${state("number", "amount", "50")}"/>`,
  Switch: ({ state }) => `<Switch label="Label" bind="$state.${state("boolean", "on", "false")}"/>`,
  Checkbox: ({ state }) => `<Checkbox label="Label" bind="$state.${state("boolean", "ticked", "false")}"/>`,
  Form: ({ tool }) => `<Form trigger="${tool("submit")}"><Button label="Send"/></Form>`,
  Button: () => '<Button label="Button"/>',
  Action: ({ tool }) => `<Action label="Action" trigger="${tool("act")}"/>`,
  Link: () => '<Link label="Link" href="/"/>',
  Image: () => '<Image src="/favicon.svg" alt="A picture"/>',
  If: () => '<If condition="{true}"><Text>Text</Text></If>',
  Iterate: ({ state }) =>
    `<Iterate items="{$state.${state("list", "items", ITEMS)}}" as="item"><Text>{$scope.item}</Text></Iterate>`,
};

/** A new component as it is first written, with what has to be declared for it. */
export function firstOf(name: string, ast: PanelAst, source: string): New {
  const states: string[] = [];
  const tools: string[] = [];
  const taken = new Set([...ast.data.states, ...ast.data.computed, ...ast.logic.tools].map((each) => each.name));
  const nxml =
    FIRST[name]?.({
      state: (type, wish, start) => {
        const free = freeName(wish, taken);
        states.push(`<State name="${free}" type="${type}" default='${start}'/>`);
        return free;
      },
      tool: (wish) => {
        const known = ast.logic.tools.find(({ args }) => args.every(({ required }) => !required));
        if (known !== undefined) return known.name;
        const free = freeName(wish, taken);
        tools.push(`<Tool name="${free}"><Handler>$log("${free}");</Handler></Tool>`);
        return free;
      },
    }) ?? `<${name}/>`;
  const declared = [...declaring("Data", states, source), ...declaring("Logic", tools, source)];
  return { kind: "new", name, nxml, declared };
}

function freeName(wish: string, taken: Set<string>): string {
  let name = wish;
  for (let number = 2; taken.has(name); number++) name = wish + number;
  taken.add(name);
  return name;
}

/** Which sections come after a section, in the order in which a panel is laid out. */
const AFTER = { Data: ["Logic", "View"], Logic: ["View"], View: [] } as const;
type Section = keyof typeof AFTER;

const hasSection = (source: string, section: string): boolean => new RegExp(`<${section}[\\s/>]`).test(source);

/** Put what is written into its section; into one that is made for it where there is none. */
function inSection(section: Section, nxml: string, source: string): Step {
  if (hasSection(source, section)) return { type: "Insert", spot: { inside: section }, nxml };
  const next = AFTER[section].find((each) => hasSection(source, each));
  const spot = next === undefined ? { inside: "NexusPanel" } : { before: next };
  return { type: "Insert", spot, nxml: `<${section}>${nxml}</${section}>` };
}

const declaring = (section: Section, written: readonly string[], source: string): readonly Step[] =>
  written.length === 0 ? [] : [inSection(section, written.join("\n"), source)];

/** What begins a view that is empty: a Layout, so that others can follow. */
export function firstInView({ name, declared, nxml }: New, source: string): readonly Step[] {
  const view = inSection("View", name === "Layout" ? nxml : `<Layout>${nxml}</Layout>`, source);
  if (hasSection(source, "View")) return [...declared, view];
  // What is made at one place is one insertion: another would stand where the first one goes.
  const [made, rest] = [[...declared, view].filter(isAtEnd), declared.filter((step) => !isAtEnd(step))];
  const sections = made.map((step) => step.nxml).join("\n");
  return [...rest, { type: "Insert", spot: { inside: "NexusPanel" }, nxml: sections }];
}

const isAtEnd = (step: Step): step is Step & { readonly type: "Insert" } =>
  step.type === "Insert" && "inside" in step.spot && step.spot.inside === "NexusPanel";
