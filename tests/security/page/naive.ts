/**
 * A renderer as one writes it in an afternoon, to show that the attacks are real.
 *
 * It does everything that a renderer of foreign panels must not: elements by the name that is given,
 * every property as an attribute, text as HTML, expressions by `eval`.
 */
import type { Loose } from "./attacks";

const ELEMENTS: Readonly<Record<string, string>> = {
  Link: "a",
  Image: "img",
  Button: "button",
  Action: "button",
  Input: "input",
  Text: "p",
};
const TEXTS = ["content", "label", "title", "source", "text", "message", "data", "options", "value"];

export function drawNaively(nodes: readonly Loose[], stage: HTMLElement): void {
  for (const node of nodes) stage.append(draw(node));
  const sibling = stage.appendChild(document.createElement("p"));
  sibling.textContent = "sibling";
}

function draw({ type, props = {}, children = [] }: Loose): HTMLElement {
  const name = String(type);
  if (/</.test(name)) return wrap(name);
  const tag = ELEMENTS[name] ?? (/^[A-Z]|[^a-z]/.test(name) ? "div" : name);
  const element = document.createElement(tag);
  for (const [key, given] of Object.entries(props)) setProperty(element, key, evaluate(given));
  const html = TEXTS.map((key) => props[key]).find((text) => text !== undefined);
  if (html !== undefined) element.append(fragment(evaluate(html)));
  for (const child of children) {
    if (tag === "script") element.append(String(child));
    else if (isNode(child)) element.append(draw(child));
    else element.append(fragment(evaluate(child)));
  }
  return element;
}

function setProperty(element: HTMLElement, key: string, given: unknown): void {
  if (key === "style" && isObject(given)) Object.assign(element.style, given);
  else if (isObject(given)) element.append(fragment(given));
  else if (!/^(?:content|ref|key)$/.test(key)) element.setAttribute(key, String(given));
}

/** `{…}` in a text is code. */
function evaluate(given: unknown): unknown {
  const code = typeof given === "string" ? /^\{([^]*)\}$/.exec(given)?.[1] : undefined;
  return code === undefined ? given : new Function("$state", `return (${code})`)({ p: {}, s: "a" });
}

/** HTML, its scripts too; `{__html}` and elements that came as data are drawn as such. */
function fragment(given: unknown): Node {
  if (Array.isArray(given)) {
    const all = document.createDocumentFragment();
    all.append(...given.map(fragment));
    return all;
  }
  if (!isObject(given)) return wrap(formatted(String(given)));
  if ("__html" in given) return wrap(String(given.__html));
  if (isNode(given)) return draw(given);
  const image = document.createElement("img");
  for (const [key, value] of Object.entries(given)) setProperty(image, key, value);
  return image;
}

/** The Markdown of an afternoon: links and pictures by replacement. */
const formatted = (text: string): string =>
  text
    .replace(/!\[([^\]]*)\]\(([^)]*)\)/g, '<img alt="$1" src="$2">')
    .replace(/\[([^\]]*)\]\(([^)]*)\)/g, '<a href="$2">$1</a>');

function wrap(html: string): HTMLElement {
  const box = document.createElement("div");
  box.append(document.createRange().createContextualFragment(html));
  return box;
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null;
const isNode = (value: unknown): value is Loose => isObject(value) && "type" in value;
