/**
 * A panel while it is still being written.
 *
 * Where the events come from is the host's business: they are those that `StreamingParser` gives
 * for the source.
 */
import { type ReactElement, type ReactNode, useEffect, useMemo, useRef } from "react";
import type { JsonObject, PanelAst, StreamEvent } from "../generated/protocol";
import { type SoFar, Written } from "../model/written";
import { classes } from "./attributes";
import type { CustomComponents } from "./custom";
import type { Registry } from "./drawing";
import { ErrorCard } from "./feedback";
import { useReadable } from "./hooks";
import { NXMLRenderer } from "./NXMLRenderer";

export interface StreamedPanelProps {
  /** What becomes known of the panel. Another object is another panel. */
  readonly events: AsyncIterable<StreamEvent>;
  /** Hear of the end: of the tree as it is then, or of what the events threw. */
  readonly onEnd?: (written: SoFar) => void;
  /** What is shown until the panel begins. */
  readonly fallback?: ReactNode;
  /** Implementations that take the place of the renderer's own. */
  readonly components?: Partial<Registry>;
  /** What `CustomComponent` may draw, by module. */
  readonly customComponents?: CustomComponents;
  readonly className?: string;
}

/**
 * Draws what has come of a panel, over the values that its states begin with; what a person does in
 * it reaches no one.
 */
export function StreamedPanel(props: StreamedPanelProps): ReactElement {
  const { events, onEnd, fallback = null, components, customComponents, className } = props;
  const written = useMemo(() => new Written(events), [events]);
  const soFar = useReadable(written);
  useEnd(soFar, onEnd);
  const { ast, ended, error } = soFar;
  const state = useMemo(() => (ast ? beginning(ast) : {}), [ast]);
  return (
    <div className={classes("nx-root", className)} aria-busy={!ended}>
      {error !== undefined && (
        <ErrorCard title="The panel was not written to its end" message={String(error)} />
      )}
      {ast ? (
        <NXMLRenderer
          ast={ast}
          state={state}
          onTrigger={notYet}
          components={components}
          customComponents={customComponents}
        />
      ) : (
        fallback
      )}
    </div>
  );
}

/** Tell once that nothing more comes. */
function useEnd(soFar: SoFar, onEnd: StreamedPanelProps["onEnd"]): void {
  const listener = useRef(onEnd);
  useEffect(() => {
    listener.current = onEnd;
  });
  useEffect(() => {
    if (soFar.ended) listener.current?.(soFar);
  }, [soFar]);
}

function beginning(ast: PanelAst): JsonObject {
  return Object.fromEntries(ast.data.states.map(({ name, default: first }) => [name, first ?? null]));
}

function notYet(): never {
  throw new Error("The panel is still being written.");
}
