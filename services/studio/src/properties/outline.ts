/**
 * The view of a panel as a person takes it apart: every node with what holds it, the branches of an
 * If each for itself, and what may stand where. Knows the catalogue's rules of standing; how a
 * change is written is the business of `rearranging.ts`.
 */
import { CATALOGUE, type ComponentSpec, type PanelAst, type Value, type ViewNode } from "nexus-renderer";

export interface Item {
  readonly address: string;
  /** What it is called: a component's name, `If`, `Else`, `Iterate`, or `text`. */
  readonly name: string;
  /** Absent for an Else, which is part of its If. */
  readonly node: ViewNode | null;
  readonly parent: Item | null;
  /** Which child of its parent it is. */
  readonly index: number;
  /** In an If what it shows otherwise comes last, as one Else. */
  readonly children: readonly Item[];
}

/** Among the children of an item, before the one of that number. */
export interface Place {
  readonly parent: Item;
  readonly index: number;
}

/** The numbers of the children on the way from the root. */
export type Path = readonly number[];

type Standing = Pick<ComponentSpec, "columns" | "content" | "within" | "holds" | "textProp">;
const COMPONENTS: Readonly<Record<string, Standing>> = CATALOGUE;

/** What the catalogue says of a component; nothing for one that it does not know. */
export const specOf = (name: string): Standing | undefined =>
  Object.hasOwn(COMPONENTS, name) ? COMPONENTS[name] : undefined;

export function outlineOf(ast: PanelAst): Item | null {
  return ast.view == null ? null : itemOf(ast.view, null, 0);
}

function itemOf(node: ViewNode, parent: Item | null, index: number): Item {
  const children: Item[] = [];
  const item: Item = { address: node.address, name: nameOf(node), node, parent, index, children };
  if (node.kind === "text") return item;
  for (const [number, child] of node.children.entries()) children.push(itemOf(child, item, number));
  if (node.kind === "if" && node.otherwise.length > 0) children.push(elseOf(node.otherwise, item));
  return item;
}

function elseOf(nodes: readonly ViewNode[], parent: Item): Item {
  const children: Item[] = [];
  const address = `${parent.address}/Else`;
  const item: Item = { address, name: "Else", node: null, parent, index: parent.children.length, children };
  for (const [number, child] of nodes.entries()) children.push(itemOf(child, item, number));
  return item;
}

function nameOf(node: ViewNode): string {
  switch (node.kind) {
    case "component":
      return node.type;
    case "if":
      return "If";
    case "iterate":
      return "Iterate";
    case "text":
      return "text";
  }
}

// ---- finding

/** An item and all in it, in the order of the source. */
export function* everyItem(item: Item): Generator<Item> {
  yield item;
  for (const child of item.children) yield* everyItem(child);
}

export function findItem(root: Item | null, address: string | null): Item | null {
  if (root === null || address === null) return null;
  for (const item of everyItem(root)) if (item.address === address) return item;
  return null;
}

export const pathOf = ({ parent, index }: Item): Path => (parent === null ? [] : [...pathOf(parent), index]);

export const itemAt = (root: Item | null, path: Path): Item | null =>
  path.reduce<Item | null>((item, index) => item?.children[index] ?? null, root);

/** What holds an item, from the outermost on. */
export const aroundOf = ({ parent }: Item): readonly Item[] => (parent === null ? [] : [...aroundOf(parent), parent]);

/** Its children that can be moved and have others put beside them: all but an Else. */
export const insideOf = ({ children }: Item): readonly Item[] => children.filter(({ name }) => name !== "Else");

/** The nearest component that an item is drawn in, itself taken in. */
export function componentOf(item: Item): Item | null {
  for (let at: Item | null = item; at !== null; at = at.parent) if (at.node?.kind === "component") return at;
  return null;
}

// ---- what may stand where

/** Whether an item has children that stand in it, as far as the catalogue knows. */
export function holdsNodes({ node, name }: Item): boolean {
  if (node === null) return true;
  if (node.kind !== "component") return node.kind !== "text";
  return (specOf(name)?.content ?? "nodes") === "nodes";
}

/** The components that come to stand where an item stands; a Form in it is told for itself. */
export function namesOf(item: Item): readonly string[] {
  const { node, name, children } = item;
  if (node?.kind === "component") return [name];
  return node?.kind === "text" ? ["text"] : [...(node === null ? [] : [name]), ...children.flatMap(namesOf)];
}

/** Whether components of these names may stand in an item. */
export function mayHold(parent: Item, names: readonly string[]): boolean {
  if (!holdsNodes(parent)) return false;
  const holder = componentOf(parent);
  const { holds } = (holder && specOf(holder.name)) ?? {};
  const isInForm = [...aroundOf(parent), parent].some(({ name }) => name === "Form");
  return names.every((name) => {
    if (holds != null) return holds === name;
    const within = specOf(name)?.within;
    return (within == null || within === holder?.name) && !(name === "Form" && isInForm);
  });
}

/** Whether an item can be taken away from where it is and put there; a place that changes nothing is none. */
export function mayMove(item: Item, { parent, index }: Place): boolean {
  if (item.parent === null || item.name === "Else") return false;
  if (parent === item || aroundOf(parent).includes(item)) return false;
  if (parent === item.parent && (index === item.index || index === item.index + 1)) return false;
  return mayHold(parent, carriedBy(item));
}

/** What an item brings along: itself, and any Form in it. */
export function carriedBy(item: Item): readonly string[] {
  const hasForm = [...everyItem(item)].some(({ name }) => name === "Form");
  return [...new Set([...namesOf(item), ...(hasForm && item.name !== "Form" ? FORM : [])])];
}
const FORM = ["Form"];

/** Whether children stand beside each other there, from left to right. */
export function runsAcross(parent: Item): boolean {
  const holder = componentOf(parent);
  if (holder === null || holder.node?.kind !== "component") return false;
  if (holder.name === "Row") return true;
  if (holder.name !== "Layout") return false;
  const { strategy, direction } = holder.node.props;
  const given = strategy?.kind === "literal" ? strategy.value : "auto";
  return given !== "stack" && !(given === "flex" && direction?.kind === "literal" && direction.value === "column");
}

/** Whether children fill the grid of 12 columns there; only direct ones do. */
export function isGrid({ node }: Item): boolean {
  if (node?.kind !== "component" || node.type !== "Layout") return false;
  const { strategy } = node.props;
  return strategy === undefined || (strategy.kind === "literal" && strategy.value === "auto");
}

/** Columns of the 12 that a component takes on a grid. */
export const columnsOf = (name: string): number => specOf(name)?.columns ?? 12;

// ---- telling

/** What tells an item from others of its kind: its name, its words, or what it is bound to. */
export function labelOf({ node }: Item): string {
  switch (node?.kind) {
    case undefined:
      return "";
    case "text":
      return shown(node.value);
    case "if":
      return shown(node.condition);
    case "iterate":
      return shown(node.items);
    case "component": {
      if (node.id) return `#${node.id}`;
      const value = ["label", "title", "content", "name"].map((name) => node.props[name]).find(Boolean);
      return value === undefined ? "" : shown(value);
    }
  }
}

function shown(value: Value): string {
  switch (value.kind) {
    case "literal":
      return typeof value.value === "string" ? value.value.trim() : String(value.value ?? "");
    case "template":
      return value.parts.map((part) => (typeof part === "string" ? part : `{${part.source}}`)).join("");
    case "expression":
    case "binding":
      return value.source;
  }
}

/** What an item is called where it stands alone. */
export const nameShown = ({ name }: Item): string => (name === "text" ? "A text" : name);

/** An item in words: what it is, and which one. */
export function titleOf(item: Item): string {
  const name = nameShown(item);
  const label = labelOf(item);
  return label === "" ? name : `${name} “${label.length > 32 ? `${label.slice(0, 31)}…` : label}”`;
}

/** Where an item stands, in words. */
export const standingOf = ({ parent, index }: Item): string =>
  parent === null ? "the outermost" : `${index + 1} of ${insideOf(parent).length} in ${parent.name}`;
