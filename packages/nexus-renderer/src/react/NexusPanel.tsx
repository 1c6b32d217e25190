/** A panel of a client, with everything around it: title, loading, connection, errors. */
import type { ReactElement, ReactNode } from "react";
import type { NexusClient } from "../client/client";
import { classes } from "./attributes";
import type { CustomComponents } from "./custom";
import { ErrorCard } from "./feedback";
import { useConnection, useLasting, usePanel } from "./hooks";
import { NXMLRenderer } from "./NXMLRenderer";
import type { Registry } from "./drawing";

export interface NexusPanelProps {
  readonly client: NexusClient;
  readonly panelId: string;
  /** Whether the panel's title stands above it; it does by default. */
  readonly heading?: boolean;
  /** What is shown until the panel is there, instead of a skeleton. */
  readonly fallback?: ReactNode;
  /** Implementations that take the place of the renderer's own. */
  readonly components?: Partial<Registry>;
  /** What `CustomComponent` may draw, by module. */
  readonly customComponents?: CustomComponents;
  readonly className?: string;
}

/** A short break is mended before it is worth a word. */
const PATIENCE = 800;
const LOST = "Connection lost. What you do is sent when it is back.";
const UNREACHABLE = "The kernel cannot be reached. Trying again…";

/** Subscribes to a panel, draws it, and keeps it up to date. */
export function NexusPanel(props: NexusPanelProps): ReactElement {
  const { client, panelId, heading = true, fallback, className } = props;
  const { components, customComponents } = props;
  const store = client.panel(panelId);
  const { ast, error, status } = usePanel(store);
  const connection = useConnection(client);
  const away = connection.phase === "waiting" || connection.phase === "connecting";
  const lost = useLasting(ast ? status === "stale" && away : connection.attempts > 1, PATIENCE);
  const title = ast?.title ?? panelId;
  return (
    <section className={classes("nx-root", "nx-panel-frame", className)} aria-label={title}>
      {heading && ast && <h2 className="nx-panel-title">{title}</h2>}
      {connection.phase === "refused" ? (
        <ErrorCard title="The kernel cannot be used" message={connection.error ?? "It refused."} />
      ) : (
        lost && <Notice>{ast ? LOST : UNREACHABLE}</Notice>
      )}
      {error && <ErrorCard title={error.code} message={error.message} />}
      {ast && !error && (
        <NXMLRenderer
          ast={ast}
          store={store}
          components={components}
          customComponents={customComponents}
        />
      )}
      {!ast && !error && connection.phase !== "refused" && (fallback ?? <Skeleton />)}
    </section>
  );
}

function Notice({ children }: { readonly children: ReactNode }): ReactElement {
  return (
    <p className="nx-notice" role="status">
      <span className="nx-spinner" aria-hidden="true" />
      {children}
    </p>
  );
}

function Skeleton(): ReactElement {
  return (
    <div className="nx-skeletons" role="status" aria-label="Loading the panel">
      <div className="nx-skeleton nx-skeleton-title" />
      <div className="nx-skeleton nx-skeleton-card" />
      <div className="nx-skeleton nx-skeleton-card" />
    </div>
  );
}
