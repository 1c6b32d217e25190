/** A live panel whose elements are chosen by a press, instead of doing what they do. */
import { NXMLRenderer, type PanelStore, usePanel } from "nexus-renderer";
import { type MouseEvent, useEffect, useRef } from "react";

import styles from "./DesignView.module.css";
import { elementsOf, type Marked, numberOf } from "./marking.ts";

interface DesignViewProps {
  readonly store: PanelStore;
  readonly panel: Marked;
  /** The number of the chosen component. */
  readonly chosen: number | null;
  readonly onChoose: (number: number) => void;
}

export function DesignView({ store, panel, chosen, onChoose }: DesignViewProps) {
  const root = useRef<HTMLDivElement>(null);
  const { state } = usePanel(store);
  useMark(root, "data-st-chosen", chosen, state, panel);

  const choose = (event: MouseEvent) => {
    event.preventDefault();
    event.stopPropagation();
    const number = event.target instanceof Element ? numberOf(event.target) : null;
    if (number !== null) onChoose(number);
  };
  const point = (event: MouseEvent) => {
    const number = event.target instanceof Element ? numberOf(event.target) : null;
    unmark(root.current, "data-st-pointed");
    mark(root.current, "data-st-pointed", number);
  };
  return (
    // What is pressed is also in the list of elements, where the keyboard reaches it.
    <div
      ref={root}
      className={styles["view"]}
      onClickCapture={choose}
      onSubmitCapture={(event) => event.preventDefault()}
      onMouseOver={point}
      onMouseLeave={() => unmark(root.current, "data-st-pointed")}
    >
      <NXMLRenderer ast={panel.ast} store={store} />
    </div>
  );
}

/** Keep an attribute on the elements of a component, whatever else changes. */
function useMark(
  root: { readonly current: Element | null },
  attribute: string,
  number: number | null,
  ...changes: readonly unknown[]
): void {
  useEffect(() => {
    const { current } = root;
    mark(current, attribute, number);
    return () => unmark(current, attribute);
  }, [root, attribute, number, ...changes]);
}

function mark(root: Element | null, attribute: string, number: number | null): void {
  if (root === null || number === null) return;
  for (const element of elementsOf(root, number)) element.setAttribute(attribute, "");
}

function unmark(root: Element | null, attribute: string): void {
  for (const element of root?.querySelectorAll(`[${attribute}]`) ?? []) element.removeAttribute(attribute);
}
