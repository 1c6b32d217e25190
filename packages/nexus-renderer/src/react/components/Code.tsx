/** Code with its lines kept. It scrolls where it is too wide, and can be focused to do so. */
import { type ReactElement, type ReactNode, useRef } from "react";
import { classes } from "../attributes";
import type { DrawProps, Frame } from "../drawing";
import { useScrolls } from "../hooks";

export function Code({ node, props, frame, children }: DrawProps<"Code">): ReactElement {
  return (
    <CodeBlock language={props.language} label={props["aria-label"]} frame={frame}>
      {node.props.content ? props.content : children}
    </CodeBlock>
  );
}

interface CodeBlockProps {
  readonly language?: string;
  readonly label?: string;
  readonly frame?: Frame;
  readonly children: ReactNode;
}

export function CodeBlock({ language, label, frame, children }: CodeBlockProps): ReactElement {
  const box = useRef<HTMLPreElement>(null);
  const name = label ?? (language ? `Code in ${language}` : "Code");
  const scrolls = useScrolls(box);
  return (
    <div id={frame?.id} className={classes("nx-code", frame?.className)} {...frame?.press}>
      {language && <div className="nx-code-language">{language}</div>}
      <pre
        ref={box}
        className="nx-code-text"
        tabIndex={scrolls ? 0 : undefined}
        role={scrolls ? "region" : undefined}
        aria-label={scrolls ? name : undefined}
      >
        <code>{children}</code>
      </pre>
    </div>
  );
}
