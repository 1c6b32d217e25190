/** Markdown as elements: a tree of known kinds, each drawn as one element and nothing else. */
import { Fragment, type ReactElement, type ReactNode, useMemo, useRef } from "react";
import { checkUrl } from "../../model/url";
import { useScrolls } from "../hooks";
import { TaskIcon } from "../icons";
import { Anchor } from "./Anchor";
import { CodeBlock } from "./Code";
import { Picture } from "./Image";
import { type ProseNode, readProse } from "./prose-tree";

interface ProseProps {
  readonly text: string;
  /** Level of the outermost heading. */
  readonly level: number;
}

export function Prose({ text, level }: ProseProps): ReactElement {
  const tree = useMemo(() => readProse(text), [text]);
  return (
    <>
      <Nodes list={tree.nodes} level={level} />
      {tree.isCut && <p className="nx-note">This text has too many parts to be shown whole.</p>}
      {tree.isTooDeep && <p className="nx-note">Some of it is nested too deep to be shown.</p>}
    </>
  );
}

/** Keys are positions, so that a text that grows at its end keeps what is there. */
function Nodes({
  list,
  level,
}: {
  readonly list: readonly ProseNode[];
  readonly level: number;
}): ReactElement {
  return (
    <>
      {list.map((node, index) => (
        <Fragment key={index}>{draw(node, level)}</Fragment>
      ))}
    </>
  );
}

function draw(node: ProseNode, level: number): ReactNode {
  switch (node.kind) {
    case "text":
      return node.text;
    case "code":
      return <code className="nx-inline-code">{node.text}</code>;
    case "block":
      return <CodeBlock language={node.language}>{node.text}</CodeBlock>;
    case "image":
      return <Picture src={checkUrl(node.src, "image")} alt={node.alt} />;
    case "break":
      return <br />;
    case "rule":
      return <hr />;
    default:
      return drawAround(node, level, <Nodes list={node.children} level={level} />);
  }
}

type Parent = Extract<ProseNode, { readonly children: unknown }>;

function drawAround(node: Parent, level: number, inside: ReactElement): ReactElement {
  switch (node.kind) {
    case "tight":
      return inside;
    case "paragraph":
      return <p>{inside}</p>;
    case "emphasis":
      return <em>{inside}</em>;
    case "strong":
      return <strong>{inside}</strong>;
    case "deleted":
      return <del>{inside}</del>;
    case "quote":
      return <blockquote>{inside}</blockquote>;
    case "heading": {
      const Heading = `h${Math.min(6, level + node.depth - 1)}` as "h3";
      return <Heading className={`nx-markdown-h${node.level}`}>{inside}</Heading>;
    }
    case "link": {
      const url = checkUrl(node.href, "link");
      return node.bare && !url.allowed ? inside : <Anchor url={url}>{inside}</Anchor>;
    }
    case "list":
      return node.start === null ? <ul>{inside}</ul> : <ol start={node.start}>{inside}</ol>;
    case "item":
      return node.done === null ? <li>{inside}</li> : <Task done={node.done}>{inside}</Task>;
    case "table":
      return <WideTable>{inside}</WideTable>;
    case "head":
      return <thead>{inside}</thead>;
    case "body":
      return <tbody>{inside}</tbody>;
    case "row":
      return <tr>{inside}</tr>;
    case "cell": {
      const className = node.align ? `nx-markdown-${node.align}` : undefined;
      if (!node.isHead) return <td className={className}>{inside}</td>;
      return (
        <th scope="col" className={className}>
          {inside}
        </th>
      );
    }
  }
}

function Task({
  done,
  children,
}: {
  readonly done: boolean;
  readonly children: ReactNode;
}): ReactElement {
  return (
    <li className={done ? "nx-task nx-task-done" : "nx-task"}>
      <span className="nx-task-box" role="img" aria-label={done ? "Done" : "To do"}>
        {done && <TaskIcon />}
      </span>
      <div className="nx-task-text">{children}</div>
    </li>
  );
}

/** A table that scrolls where it is too wide, and can be focused to do so. */
function WideTable({ children }: { readonly children: ReactNode }): ReactElement {
  const box = useRef<HTMLDivElement>(null);
  const scrolls = useScrolls(box);
  return (
    <div
      ref={box}
      className="nx-markdown-table"
      tabIndex={scrolls ? 0 : undefined}
      role={scrolls ? "region" : undefined}
      aria-label={scrolls ? "Table" : undefined}
    >
      <table>{children}</table>
    </div>
  );
}
