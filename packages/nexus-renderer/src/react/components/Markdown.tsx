/**
 * Text in Markdown.
 *
 * What formats it is loaded when the first one is drawn; until then, and where that fails, the
 * text is shown as it is written. No part of it ever becomes HTML.
 */
import { type ReactElement, useContext } from "react";
import { Loadable } from "../../model/loadable";
import { classes } from "../attributes";
import { HeadingContext } from "../context";
import type { DrawProps } from "../drawing";
import { useLoading } from "../hooks";

const PROSE = new Loadable(() => import("./prose"));
const MAX_LENGTH = 100_000;

export function Markdown({
  node,
  props,
  frame,
  children,
}: DrawProps<"Markdown"> | DrawProps<"Text">): ReactElement {
  const label = props["aria-label"];
  const written = props.content.length;
  return (
    <div
      id={frame.id}
      className={classes("nx-markdown", frame.className)}
      role={label ? "group" : undefined}
      aria-label={label}
      {...frame.press}
    >
      {node.props.content ? <Formatted text={props.content.slice(0, MAX_LENGTH)} /> : children}
      {written > MAX_LENGTH && (
        <p className="nx-note">
          {`Only the first ${figure(MAX_LENGTH)} of ${figure(written)} characters are shown.`}
        </p>
      )}
    </div>
  );
}

function Formatted({ text }: { readonly text: string }): ReactElement {
  const level = useContext(HeadingContext);
  const prose = useLoading(PROSE);
  if (prose.phase === "ready") return <prose.value.Prose text={text} level={level} />;
  return (
    <>
      <div className="nx-markdown-plain">{text}</div>
      {prose.phase === "failed" && (
        <p className="nx-note" role="status">
          This text could not be formatted.{" "}
          <button type="button" className="nx-link-button" onClick={() => PROSE.retry()}>
            Try again
          </button>
        </p>
      )}
    </>
  );
}

const figure = (count: number): string => count.toLocaleString("en");

