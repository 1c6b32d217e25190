/** Code with its lines kept. It scrolls where it is too wide, and can be focused to do so. */
import { type ReactElement, useLayoutEffect, useRef, useState } from "react";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";

export function Code({ node, props, frame, children }: DrawProps<"Code">): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  const { language } = props;
  const name = props["aria-label"] ?? (language ? `Code in ${language}` : "Code");
  const scrolls = useScrolls(box);
  return (
    <div id={frame.id} className={classes("nx-code", frame.className)}>
      {language && <div className="nx-code-language">{language}</div>}
      <pre
        ref={box}
        className="nx-code-text"
        tabIndex={scrolls ? 0 : undefined}
        role={scrolls ? "region" : undefined}
        aria-label={scrolls ? name : undefined}
      >
        <code>{node.props.content ? props.content : children}</code>
      </pre>
    </div>
  );
}

/** Tell whether an element's content is wider than it is, now and after every change of either. */
function useScrolls(box: { readonly current: HTMLElement | null }): boolean {
  const [scrolls, setScrolls] = useState(false);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const measure = (): void => setScrolls(element.scrollWidth > element.clientWidth);
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    for (const child of element.children) observer.observe(child);
    return () => observer.disconnect();
  }, [box]);
  return scrolls;
}
