/**
 * The tree that a stream of events has made so far, while a panel is being written.
 *
 * The events and what they mean are those of `nexus_protocol.stream`; the tree is the one that its
 * `Fold` gives for the same events. What did not change is the same object from one tree to the next.
 */
import type { PanelAst, Span, StreamEvent, TextRead, ViewNode } from "../generated/protocol";

/** A node of which more came than its start. */
interface Draft {
  readonly node: ViewNode;
  readonly children: Part[];
  readonly otherwise: Part[];
  /** Where what follows goes, while the node is open. */
  readonly inside: Part[];
  loc: Span;
  text: TextRead | null;
  /** The node with what is in it, until that changes. */
  drawn: ViewNode | null;
}

type Part = { readonly draft: Draft } | { readonly whole: ViewNode };

export class Fold {
  #panel: PanelAst | null = null;
  /** Of the roots the last is the view. */
  #view: Part[] = [];
  #open: Draft[] = [];

  /** Take the next event. */
  add(event: StreamEvent): void {
    // Only what is open changes; everything else stays as it was drawn.
    for (const draft of this.#open) draft.drawn = null;
    switch (event.type) {
      case "panel":
        this.#panel = event.panel ?? null;
        this.#view = [];
        this.#open = [];
        break;
      case "node":
        this.#siblings().push({ whole: event.node });
        break;
      case "open":
        this.#openNode(event.node, "children");
        break;
      case "else":
        this.#openElse();
        break;
      case "text": {
        const innermost = this.#open.at(-1);
        if (innermost) innermost.text = event;
        break;
      }
      case "close":
        this.#close(event.loc);
        break;
      default:
        if (this.#panel) this.#panel = declared(this.#panel, event);
    }
  }

  /** The panel as if everything that is open ended here; nothing before it begins. */
  tree(): PanelAst | null {
    const root = this.#view.at(-1);
    return this.#panel && root ? { ...this.#panel, view: drawn(root) } : this.#panel;
  }

  #siblings(): Part[] {
    return this.#open.at(-1)?.inside ?? this.#view;
  }

  #openNode(node: ViewNode, place: "children" | "otherwise"): void {
    const parts = { children: [], otherwise: [] };
    const inside = parts[place];
    const draft: Draft = { node, ...parts, inside, loc: node.loc, text: null, drawn: null };
    this.#siblings().push({ draft });
    this.#open.push(draft);
  }

  /** Open the last node again, for what is drawn when its condition does not hold. */
  #openElse(): void {
    const last = this.#siblings().pop();
    if (last) this.#openNode(drawn(last), "otherwise");
  }

  #close(loc: Span): void {
    const draft = this.#open.pop();
    if (draft) draft.loc = loc;
    else if (this.#panel) this.#panel = { ...this.#panel, loc };
  }
}

type Declaration = Extract<
  StreamEvent,
  { type: "state" | "computed" | "extension" | "tool" | "lifecycle" | "test" }
>;

/** The panel with one more entry of its sections. */
function declared(panel: PanelAst, event: Declaration): PanelAst {
  const { data, logic } = panel;
  switch (event.type) {
    case "state":
      return { ...panel, data: { ...data, states: [...data.states, event.entry] } };
    case "computed":
      return { ...panel, data: { ...data, computed: [...data.computed, event.entry] } };
    case "extension":
      return { ...panel, logic: { ...logic, extensions: [...logic.extensions, event.entry] } };
    case "tool":
      return { ...panel, logic: { ...logic, tools: [...logic.tools, event.entry] } };
    case "lifecycle":
      return { ...panel, logic: { ...logic, lifecycles: [...logic.lifecycles, event.entry] } };
    case "test":
      return { ...panel, tests: [...panel.tests, event.entry] };
  }
}

function drawn(part: Part): ViewNode {
  if ("whole" in part) return part.whole;
  const { draft } = part;
  draft.drawn ??= withText(withChildren(draft), draft.text);
  return draft.drawn;
}

function withChildren({ node, loc, children, otherwise }: Draft): ViewNode {
  if (node.kind === "text") return { ...node, loc };
  const inner = { loc, children: [...node.children, ...children.map(drawn)] };
  return node.kind === "if" && otherwise.length
    ? { ...node, ...inner, otherwise: otherwise.map(drawn) }
    : { ...node, ...inner };
}

function withText(node: ViewNode, text: TextRead | null): ViewNode {
  if (!text) return node;
  return node.kind === "component"
    ? { ...node, props: { ...node.props, [text.name]: text.value } }
    : { ...node, [text.name]: text.value };
}
