/**
 * The main event of components that are not made to be pressed: a text, a figure, a card with a
 * `trigger` is pressed as a button is, by pointer and by key. What stands in one and is pressed
 * itself keeps its presses.
 */
import type { ReactElement } from "react";
import type { ComponentNode, ViewNode } from "../generated/protocol";
import { useTool } from "./actions";
import { classes } from "./attributes";
import type { Frame, Press } from "./drawing";
import type { DrawnName, DrawnProps } from "./props";

/** Those that run their tool themselves; that of a page of Tabs is run by them. */
export const RUNS_ITS_TOOL: ReadonlySet<DrawnName> = new Set([
  "Button",
  "Action",
  "Input",
  "Switch",
  "Checkbox",
  "Select",
  "Slider",
  "Form",
  "Table",
  "Link",
  "Tabs",
  "Tab",
  "Modal",
  "CustomComponent",
]);
/** Those that may be a button to a screen reader, for nothing in them is more than words. */
const WORDS: ReadonlySet<DrawnName> = new Set(["Text", "Metric", "StatusBadge", "Image"]);
const AROUND: ReadonlySet<DrawnName> = new Set(["Layout", "Row", "Column", "Container", "Card"]);
const PRESSED = "a, button, input, select, textarea, label, [tabindex], .nx-switch-label";

/** Tell whether a component is pressed only because its author wants it to be. */
export const isMadePressable = ({ type, props }: ComponentNode): boolean =>
  props.trigger !== undefined && !RUNS_ITS_TOOL.has(type as DrawnName);

interface PressableProps {
  readonly node: ComponentNode;
  readonly drawn: DrawnProps;
  readonly frame: Frame;
  readonly children: (frame: Frame) => ReactElement;
}

/** A component whose outermost element is pressable. */
export function Pressable({ node, drawn, frame, children }: PressableProps): ReactElement {
  const { run, waiting } = useTool(node, drawn.props.trigger as string, { exclusive: true });
  const press: Press = {
    ...roleOf(node, drawn),
    tabIndex: 0,
    "aria-busy": waiting || undefined,
    onClick: ({ target, currentTarget }) => {
      if ((target as Element).closest(PRESSED) === currentTarget) run();
    },
    onKeyDown: (event) => {
      if (event.target !== event.currentTarget || (event.key !== "Enter" && event.key !== " ")) return;
      event.preventDefault();
      run();
    },
  };
  return children({ ...frame, className: classes(frame.className, "nx-pressable"), press });
}

function roleOf(node: ComponentNode, { props }: DrawnProps): Pick<Press, "role"> {
  const type = node.type as DrawnName;
  // A heading stays one, and so does what has controls in it.
  if (WORDS.has(type)) return /^h\d$/.test(String(props.variant)) ? {} : { role: "button" };
  if (AROUND.has(type)) return { role: node.children.some(isPressed) ? "group" : "button" };
  return {};
}

/** Tell whether something in a part of the view is pressed, typed into or scrolled. */
function isPressed(node: ViewNode): boolean {
  switch (node.kind) {
    case "text":
      return false;
    case "if":
      return [...node.children, ...node.otherwise].some(isPressed);
    case "iterate":
      return node.children.some(isPressed);
    case "component":
      return node.props.trigger !== undefined || !isPlain(node.type) || node.children.some(isPressed);
  }
}

const isPlain = (type: string): boolean =>
  WORDS.has(type as DrawnName) || AROUND.has(type as DrawnName);
