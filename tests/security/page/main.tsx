/**
 * The page that attacks are drawn in, by the renderer and by the naive one.
 *
 * `attack` draws them one after the other and does what a person might: points at everything,
 * presses everything but links to other pages. `fire` is what the payloads try to run.
 */
import { Component, type ReactNode } from "react";
import { createRoot } from "react-dom/client";
import { flushSync } from "react-dom";
import { type JsonObject, NXMLRenderer, type PanelAst } from "../../../packages/nexus-renderer/src/index";
import { MemoryPanel } from "../../../packages/nexus-renderer/src/testing";
import { el, panel, text } from "../../../packages/nexus-renderer/tests/support/parse";
import { everywhere, type Loose, toPanel } from "./attacks";
import { drawNaively } from "./naive";

export interface Attack {
  readonly id: string;
  /** What is put everywhere. */
  readonly payload?: unknown;
  /** Everywhere in one way, another one for each turn; without it in all ways. */
  readonly turn?: number;
  /** A node of the corpus, as JSON or as a recipe. */
  readonly node?: string;
}

export interface Outcome {
  readonly id: string;
  /** Why what stands beside it is not there. */
  readonly broke: string | null;
  /** Elements that no panel may have, and addresses that nothing may lead to. */
  readonly forbidden: readonly string[];
  /** What it shows in its place, where it cannot be drawn. */
  readonly alert: string;
  /** What it took to draw, in milliseconds. */
  readonly took: number;
}

declare global {
  interface Window {
    /** What payloads run, with the number of their attack. */
    fire: (attack: number) => void;
    fired: number[];
    violations: string[];
    attack: (renderer: "nexus" | "naive", attacks: readonly Attack[]) => Promise<Outcome[]>;
    control: () => Promise<string>;
  }
}

window.fired = [];
window.fire = window.alert = (attack) => void window.fired.push(attack as number);
window.violations = [];
addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
  window.violations.push(`${violatedDirective} ${blockedURI}`),
);

const stage = document.getElementById("stage") as HTMLElement;
const settle = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => void setTimeout(resolve, milliseconds));

window.attack = async (renderer, attacks) => {
  const outcomes: Outcome[] = [];
  for (const attack of attacks) outcomes.push(await one(renderer, attack));
  // Pictures fail, animations end and frames load after a moment.
  await settle(500);
  return outcomes;
};

async function one(renderer: "nexus" | "naive", attack: Attack): Promise<Outcome> {
  const box = stage.appendChild(document.createElement("div"));
  const began = performance.now();
  let broke: string | null = null;
  let clear = (): void => undefined;
  try {
    if (renderer === "nexus") clear = drawNexus(attack, box);
    else drawNaively(looseOf(attack), box);
  } catch (error) {
    broke = String(error);
  }
  const took = performance.now() - began;
  if (!/sibling/.test(box.textContent)) broke ??= "what stands beside it is gone";
  await settle(0);
  const forbidden = renderer === "nexus" ? forbiddenIn(box) : [];
  const alert = box.querySelector("[role=alert]")?.textContent ?? "";
  harass(box);
  await settle(0);
  clear();
  if (renderer === "nexus") box.remove();
  return { id: attack.id, broke, forbidden, alert, took };
}

// ---- what is drawn

function looseOf({ payload, node }: Attack): readonly Loose[] {
  if (node === undefined) return everywhere(payload as never);
  return [node.startsWith("recipe:") ? recipe(node) : (JSON.parse(node) as Loose)];
}

function recipe(node: string): Loose {
  if (node.includes("root.children=[root]")) {
    const root: { type: string; children: unknown[] } = { type: "Container", children: [] };
    root.children.push(root);
    return root;
  }
  if (node.includes("5000 nested")) {
    let root: Loose = { type: "Text", children: ["deep"] };
    for (let depth = 0; depth < 5_000; depth += 1) root = { type: "Container", children: [root] };
    return root;
  }
  if (node.includes("100000"))
    return { type: "Layout", children: Array(100_000).fill({ type: "Text", children: ["x"] }) };
  return { type: "Text", props: { content: "{$state.a}" } };
}

function drawNexus(attack: Attack, box: HTMLElement): () => void {
  const { ast, state } = panelOf(attack);
  const root = createRoot(box);
  flushSync(() =>
    root.render(
      <Rest>
        <NXMLRenderer ast={ast} store={new MemoryPanel(ast, state)} />
      </Rest>,
    ),
  );
  return () => root.unmount();
}

function panelOf(attack: Attack): { ast: PanelAst; state: JsonObject } {
  if (!attack.node?.startsWith("recipe:")) {
    const { view, state } = toPanel(looseOf(attack), attack.turn);
    return { ast: panel(view), state: { ...state, p: {}, s: "a".repeat(40), url: "javascript:fire(0)" } };
  }
  if (attack.node.includes("computed")) {
    const computed = { a: "$state.b", b: "$state.a" };
    const view = el("Layout", {}, el("Text", { content: "{$state.a}" }), "sibling");
    return { ast: panel(view, { computed }), state: {} };
  }
  return { ast: panel(treeOf(recipe(attack.node))), state: {} };
}

/** The same shape of nodes as the parser makes; one that contains itself contains itself. */
function treeOf(node: unknown, known = new Map<unknown, ReturnType<typeof el>>()) {
  const stack: unknown[] = [node];
  const made = (loose: unknown): ReturnType<typeof el> => {
    const there = known.get(loose);
    if (there) return there;
    const fresh = el((loose as Loose).type as string);
    known.set(loose, fresh);
    stack.push(loose);
    return fresh;
  };
  const root = made(node);
  const done = new Set<unknown>();
  for (let next = stack.pop(); next; next = stack.pop()) {
    if (done.has(next)) continue;
    done.add(next);
    const { children = [] } = next as Loose;
    const nodes = children.map((child) => (typeof child === "string" ? text(child) : made(child)));
    (made(next) as { children: unknown }).children = nodes;
  }
  return root;
}

/** The rest of the page around a panel: it must outlive it. */
class Rest extends Component<{ readonly children: ReactNode }, { readonly failed: boolean }> {
  override state = { failed: false };
  static getDerivedStateFromError = () => ({ failed: true });
  override render(): ReactNode {
    if (this.state.failed) return null;
    return (
      <>
        {this.props.children}
        <p>sibling of the panel</p>
      </>
    );
  }
}

/** A panel as any other, after all of them: its button still runs its tool. */
window.control = async () => {
  const box = stage.appendChild(document.createElement("div"));
  const ast = panel(
    el(
      "Layout",
      {},
      el("Button", { label: "Add", trigger: "add" }),
      el("Text", { content: "n is {$state.n}" }),
      el("Markdown", { content: "**bold**" }),
      el("Chart", { data: [{ x: 1, y: 2 }, { x: 2, y: 3 }] }),
    ),
  );
  const add = () => [{ op: "replace", path: "/n", value: 1 }] as const;
  createRoot(box).render(<NXMLRenderer ast={ast} store={new MemoryPanel(ast, { n: 0 }, { add })} />);
  await settle(300);
  box.querySelector("button")?.click();
  await settle(100);
  const drawn = ["p", "strong", ".recharts-line-curve"].map((each) => box.querySelector(each));
  return drawn.map((each) => each?.textContent || (each?.tagName ?? "nothing")).join("; ");
};

// ---- what is looked at and done

const FORBIDDEN =
  "script, iframe, object, embed, link, meta, base, style, frame, applet, portal, math, video, audio, " +
  "foreignObject, use, image, [srcdoc], [formaction], [action], [background], [ping], [autofocus]";

function forbiddenIn(box: HTMLElement): readonly string[] {
  const found = [...box.querySelectorAll(FORBIDDEN)].map((each) => each.outerHTML);
  for (const each of box.querySelectorAll("*")) {
    for (const { name, value } of each.attributes) {
      const leads = name === "href" || name === "src" || name === "xlink:href";
      if (name.startsWith("on")) found.push(each.outerHTML);
      if (leads && !isSafe(each, value)) found.push(each.outerHTML);
      if (name === "style" && /url|fixed|sticky|expression/i.test(value)) found.push(each.outerHTML);
    }
    // Those of React and of the charts' library are made up, not chosen by a panel.
    if (!/^(?:$|nx-|_r_|recharts)/.test(each.id)) found.push(`#${each.id}`);
  }
  return found;
}

/** Links lead anywhere on the web, cut off from this page; nothing else leaves this host. */
function isSafe(element: Element, address: string): boolean {
  const url = new URL(address, location.href);
  if (url.origin === location.origin) return true;
  if (element.localName === "img") return url.protocol === "data:";
  const cut = element.getAttribute("rel") === "noopener noreferrer";
  return element.localName === "a" && cut && /^(?:https?|mailto):$/.test(url.protocol);
}

const EVENTS = ["mouseover", "pointerenter", "pointerover", "focus", "error", "load", "toggle"];

function harass(box: HTMLElement): void {
  for (const each of box.querySelectorAll<HTMLElement>("*")) {
    for (const name of EVENTS) each.dispatchEvent(new Event(name, { bubbles: name.length > 5 }));
    const link = each.closest("a");
    if (!/^(?:https?|mailto):$/.test(link?.protocol ?? "") && each.isConnected) each.click?.();
  }
}
