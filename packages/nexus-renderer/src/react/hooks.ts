/** React hooks over the client's stores. */
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
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

/** Tell whether something has been so for a while. */
export function useLasting(now: boolean, milliseconds: number): boolean {
  const [lasting, setLasting] = useState(false);
  useEffect(() => {
    if (!now) return undefined;
    const timer = setTimeout(() => setLasting(true), milliseconds);
    return () => {
      clearTimeout(timer);
      setLasting(false);
    };
  }, [now, milliseconds]);
  return now && lasting;
}

function useReadable<T>({ subscribe, getSnapshot }: Readable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}
