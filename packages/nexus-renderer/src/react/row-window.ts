/**
 * Which rows of a long Iterate are drawn: those in sight and some around them.
 *
 * Rows stand in any layout and are of any size, so nothing is known of them but what they measure
 * together. What is left out above and below is as high as it would be on average; a row that stays
 * drawn stays where it is on the screen. While the focus is in a row, no row is taken away until
 * there are far too many.
 */
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from "react";

/** Up to so many rows all are drawn: the browser's own search finds them. */
const ALL = 500;
const DRAWN = 200;
/** Rows drawn beyond those in sight. */
const MARGIN = 50;
/** With the focus in one of them. */
const MOST_DRAWN = 1_000;
/** How near the end of what is drawn may come before more is. */
const NEAR = "600px 0px";
const FIRST_GUESS = 40;

export interface RowWindow {
  readonly isWhole: boolean;
  readonly from: number;
  readonly to: number;
  /** The elements that stand for what is left out before and after. */
  readonly before: RefObject<HTMLElement | null>;
  readonly after: RefObject<HTMLElement | null>;
}

interface Range {
  readonly from: number;
  readonly to: number;
}

interface Anchor {
  readonly element: Element;
  readonly top: number;
}

export function useRowWindow(count: number): RowWindow {
  const [wanted, setWanted] = useState<Range>({ from: 0, to: DRAWN });
  const before = useRef<HTMLElement>(null);
  const after = useRef<HTMLElement>(null);
  const rowHeight = useRef(FIRST_GUESS);
  const anchor = useRef<Anchor | null>(null);
  const isWhole = count <= ALL;
  const { from, to } = isWhole ? { from: 0, to: count } : within(wanted, count);

  useLayoutEffect(() => {
    const [above, below] = [before.current, after.current];
    if (!above || !below) return;
    rowHeight.current = averageHeight(above, below, to - from) ?? rowHeight.current;
    setHeight(above, from * rowHeight.current);
    setHeight(below, (count - to) * rowHeight.current);
    keepInPlace(above, from, anchor.current);
    anchor.current = null;
  }, [from, to, count]);

  useEffect(() => {
    const [above, below] = [before.current, after.current];
    if (!above || !below || typeof IntersectionObserver === "undefined") return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        const next = entries.reduce<Range | null>(
          (range, entry) => range ?? following(entry, entry.target === above, { from, to }, rowHeight.current),
          null,
        );
        if (!next) return;
        anchor.current = firstInSight(above, below);
        const kept = hasFocus(above, below) ? joined({ from, to }, next) : next;
        setWanted(within(kept, count));
      },
      { rootMargin: NEAR, ...({ scrollMargin: NEAR } as object) },
    );
    observer.observe(above);
    observer.observe(below);
    // Made anew with every range, so that it tells at once where that is not enough either.
    return () => observer.disconnect();
  }, [from, to, count]);

  return { isWhole, from, to, before, after };
}

/** The rows to draw where one of the ends is in sight, or `null` where it is not. */
function following(
  { isIntersecting, boundingClientRect: end, intersectionRect: seen }: IntersectionObserverEntry,
  isAbove: boolean,
  { from, to }: Range,
  rowHeight: number,
): Range | null {
  if (!isIntersecting) return null;
  if (isAbove) {
    const first = from - Math.ceil((end.bottom - seen.top) / rowHeight) - MARGIN;
    return from === 0 ? null : { from: first, to: first + DRAWN };
  }
  const last = to + Math.ceil((seen.bottom - end.top) / rowHeight) + MARGIN;
  return { from: last - DRAWN, to: last };
}

/** As many rows as wanted, of those that there are. */
function within({ from, to }: Range, count: number): Range {
  const length = Math.min(to - from, count);
  const first = Math.max(0, Math.min(from, count - length));
  return { from: first, to: first + length };
}

function joined(left: Range, right: Range): Range {
  const both = { from: Math.min(left.from, right.from), to: Math.max(left.to, right.to) };
  return both.to - both.from > MOST_DRAWN ? right : both;
}

const setHeight = (element: HTMLElement, height: number): void => {
  element.style.height = `${Math.max(0, height)}px`;
};

function averageHeight(above: Element, below: Element, rows: number): number | null {
  const height = below.getBoundingClientRect().top - above.getBoundingClientRect().bottom;
  return height > 0 && rows > 0 ? height / rows : null;
}

/** The first row that can be seen, to hold on to while others come and go. */
function firstInSight(above: Element, below: Element): Anchor | null {
  for (let each = above.nextElementSibling; each && each !== below; each = each.nextElementSibling) {
    const { top, bottom } = each.getBoundingClientRect();
    if (bottom > 0) return { element: each, top };
  }
  return null;
}

/** Let what is left out above make up for what the guess of its height was wrong by. */
function keepInPlace(above: HTMLElement, from: number, anchor: Anchor | null): void {
  if (!anchor?.element.isConnected || from === 0) return;
  const moved = anchor.element.getBoundingClientRect().top - anchor.top;
  if (moved !== 0) setHeight(above, above.getBoundingClientRect().height - moved);
}

function hasFocus(above: Element, below: Element): boolean {
  const { activeElement } = document;
  return (
    activeElement !== null &&
    above.parentElement !== null &&
    activeElement !== above.parentElement &&
    above.parentElement.contains(activeElement) &&
    Boolean(above.compareDocumentPosition(activeElement) & Node.DOCUMENT_POSITION_FOLLOWING) &&
    Boolean(below.compareDocumentPosition(activeElement) & Node.DOCUMENT_POSITION_PRECEDING)
  );
}
