/** React hooks over the client's stores. */
import { useEffect, useRef, useSyncExternalStore } from "react";
import type { NexusClient } from "../client/client";
import type { ConnectionStatus } from "../client/connection";
import type { Readable } from "../client/observable";
import type { PanelSnapshot } from "../client/panel-store";
import type { EventMessage } from "../generated/protocol";

/** The state of a client's connection. */
export function useConnection(client: NexusClient): ConnectionStatus {
  return useReadable(client.status);
}

/** A panel's snapshot; the panel is subscribed while the component is mounted. */
export function usePanel(store: Readable<PanelSnapshot>): PanelSnapshot {
  return useReadable(store);
}

/** What tells of events: a client (all its panels) or one panel. */
export interface EventSource {
  onEvent(listener: (event: EventMessage) => void): () => void;
}

/** Hear the events that handlers emit while the component is mounted. */
export function useEvents(source: EventSource, listener: (event: EventMessage) => void): void {
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => source.onEvent((event) => newest.current(event)), [source]);
}

function useReadable<T>({ subscribe, getSnapshot }: Readable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}
