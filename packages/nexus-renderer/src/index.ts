/** The public signatures of nexus-renderer; the studio is written against these. */
import type { ReactElement, ReactNode } from "react";

export interface Readable<T> {
  subscribe(listener: () => void): () => void;
  getSnapshot(): T;
}
export type ConnectionPhase = "idle" | "connecting" | "open" | "waiting" | "closed" | "refused";
export interface ConnectionStatus {
  readonly phase: ConnectionPhase;
  /** Failed attempts since the last open connection. */
  readonly attempts: number;
  readonly error: string | null;
}
export interface PanelSnapshot {
  readonly ast: unknown | null;
  readonly state: Readonly<Record<string, unknown>>;
  readonly rev: number;
  readonly sourceHash: string | null;
  readonly status: "loading" | "live" | "stale" | "error";
  readonly error: { readonly code: string; readonly message: string } | null;
}
export declare class PanelStore implements Readable<PanelSnapshot> {
  readonly panelId: string;
  subscribe(listener: () => void): () => void;
  getSnapshot(): PanelSnapshot;
  trigger(tool: string, args?: Record<string, unknown> | unknown[]): Promise<unknown>;
  set(path: string, value: unknown): void;
  onEvent(listener: (event: unknown) => void): () => void;
  onResult(listener: (result: unknown) => void): () => void;
}
export interface NexusClientOptions {
  /** Where the kernel is, `http(s)://` or `ws(s)://`; the page's own origin by default. */
  readonly url?: string;
  readonly workspaceId: string;
}
export declare class NexusClient {
  constructor(options: NexusClientOptions);
  connect(): void;
  close(): void;
  readonly status: Readable<ConnectionStatus>;
  panel(panelId: string): PanelStore;
  onEvent(listener: (event: unknown) => void): () => void;
}
export declare function NexusPanel(props: {
  client: NexusClient;
  panelId: string;
  heading?: boolean;
  fallback?: ReactNode;
}): ReactElement;
export declare function NXMLRenderer(props: { ast: unknown; store: PanelStore }): ReactElement;
export declare function Toasts(props: { source: NexusClient | PanelStore }): ReactElement;
export declare function ThemeProvider(props: {
  theme?: "light" | "dark" | "system";
  children: ReactNode;
}): ReactElement;
export declare function useConnection(client: NexusClient): ConnectionStatus;
export declare function usePanel(store: PanelStore): PanelSnapshot;
