/** A live panel whose elements are chosen by a press and dragged, instead of doing what they do. */
import { NXMLRenderer, usePanel } from "nexus-renderer";
import { type MouseEvent, type PointerEvent, type RefObject, useEffect, useMemo } from "react";

import { classes } from "../design/classes.ts";
import styles from "./DesignView.module.css";
import { type Box, wordsOf } from "./drops.ts";
import { elementsOf, type Marked, numberOf } from "./marking.ts";
import { findItem, type Item, titleOf } from "./outline.ts";
import type { Design } from "./useDesign.ts";
import type { Dragged, Dragging } from "./useDragging.ts";

interface DesignViewProps {
  readonly design: Design;
  readonly panel: Marked;
  readonly dragging: Dragging;
  readonly view: RefObject<HTMLDivElement | null>;
}

export function DesignView({ design, panel, dragging, view }: DesignViewProps) {
  const { state } = usePanel(design.store);
  const numbers = useMemo(() => numbersOf(design.chosen, panel), [design.chosen, panel]);
  useMark(view, "data-st-chosen", numbers, state, panel);
  const { dragged } = dragging;
  const shown = design.chosen?.address;
  useEffect(() => {
    reveal(view.current?.querySelector("[data-st-chosen]"));
  }, [view, shown]);

  const addressOf = ({ target }: { readonly target: EventTarget }): string | null => {
    const number = target instanceof Element ? numberOf(target) : null;
    return number === null ? null : (panel.addresses[number] ?? null);
  };
  const choose = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    const address = addressOf(event);
    if (address !== null) design.choose(address);
  };
  const press = (event: PointerEvent) => {
    // What is being typed beside the panel is kept, as it is when a field is left.
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
    const item = findItem(design.root, addressOf(event));
    // A finger scrolls; it moves elements by the buttons beside the panel.
    if (item === null || event.pointerType !== "mouse") return;
    // At once, for what is disabled hears of no click.
    design.choose(item.address);
    dragging.begin(event, { kind: "item", address: item.address }, titleOf(item));
  };
  const point = (event: MouseEvent) => {
    const number = event.target instanceof Element ? numberOf(event.target) : null;
    unmark(view.current, "data-st-pointed");
    if (dragged === null && number !== null) mark(view.current, "data-st-pointed", [number]);
  };
  return (
    // What is pressed is also in the list of elements, where the keyboard reaches it.
    <div
      ref={view}
      className={classes(styles["view"], dragged !== null && styles["under"])}
      onClickCapture={choose}
      onMouseDownCapture={(event) => event.preventDefault()}
      onPointerDownCapture={press}
      onDragStart={(event) => event.preventDefault()}
      onSubmitCapture={(event) => event.preventDefault()}
      onMouseOver={point}
      onMouseLeave={() => unmark(view.current, "data-st-pointed")}
    >
      <NXMLRenderer ast={panel.ast} store={design.store} />
      {dragged !== null && <Drag dragged={dragged} />}
    </div>
  );
}

/** Bring an element into sight, if nothing of it is. */
function reveal(element: Element | null | undefined): void {
  const room = element?.closest("[data-st-canvas]")?.getBoundingClientRect();
  const box = element?.getBoundingClientRect();
  if (!element || !room || !box || (box.bottom > room.top && box.top < room.bottom)) return;
  element.scrollIntoView({ block: "center" });
}

/** What is carried, at the pointer, and where it would go. */
function Drag({ dragged: { title, x, y, target } }: { readonly dragged: Dragged }) {
  const box = target?.box;
  const translate = x > innerWidth / 2 ? "-100%" : "14px";
  return (
    <div aria-hidden className={styles["drag"]}>
      {box !== undefined && (
        <span
          data-st-place=""
          className={classes(styles["place"], isArea(box) && styles["area"])}
          style={drawn(box)}
        />
      )}
      <span className={styles["carried"]} style={{ left: x, top: y + 14, translate }}>
        <strong>{title}</strong> {target === null ? "cannot go here" : wordsOf(target.drop)}
      </span>
    </div>
  );
}

const isArea = ({ left, right, top, bottom }: Box): boolean => right > left && bottom > top;

/** Half of how thick a line is drawn. */
const HALF = 1.5;

const drawn = ({ left, right, top, bottom }: Box) => ({
  left: left - HALF,
  top: top - HALF,
  width: right - left + 2 * HALF,
  height: bottom - top + 2 * HALF,
});

/** The marks of an item: its own, or those of what is drawn for it. */
function numbersOf(item: Item | null, panel: Marked): readonly number[] {
  if (item === null) return [];
  if (item.node?.kind === "text") return numbersOf(item.parent, panel);
  const number = panel.addresses.indexOf(item.address);
  if (number !== -1) return [number];
  return item.children.flatMap((child) => (child.name === "text" ? [] : numbersOf(child, panel)));
}

/** Keep an attribute on the elements of components, whatever else changes. */
function useMark(
  root: { readonly current: Element | null },
  attribute: string,
  numbers: readonly number[],
  ...changes: readonly unknown[]
): void {
  useEffect(() => {
    const { current } = root;
    mark(current, attribute, numbers);
    return () => unmark(current, attribute);
  }, [root, attribute, numbers, ...changes]);
}

function mark(root: Element | null, attribute: string, numbers: readonly number[]): void {
  if (root === null) return;
  for (const element of numbers.flatMap((number) => elementsOf(root, number))) element.setAttribute(attribute, "");
}

function unmark(root: Element | null, attribute: string): void {
  for (const element of root?.querySelectorAll(`[${attribute}]`) ?? []) element.removeAttribute(attribute);
}
