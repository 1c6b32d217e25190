/** React hooks over stores, and over elements. */
import { useEffect, useLayoutEffect, useRef, useState, useSyncExternalStore } from "react";
import type { NexusClient } from "../client/client";
import type { ConnectionStatus } from "../client/connection";
import type { Readable } from "../client/observable";
import type { PanelSnapshot } from "../client/panel-store";
import type { EventMessage } from "../generated/protocol";
import { type Loadable, type Loading, WAITING } from "../model/loadable";

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

/** Load something while it is needed. On a server it waits: nothing is loaded there. */
export function useLoading<T>(loadable: Loadable<T>): Loading<T> {
  useEffect(() => loadable.start(), [loadable]);
  return useSyncExternalStore(loadable.subscribe, loadable.getSnapshot, waiting);
}

const waiting = (): typeof WAITING => WAITING;

/** Tell whether an element's content is wider than it is, now and after every change of either. */
export function useScrolls(box: { readonly current: HTMLElement | null }): boolean {
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

/** The present value of something readable. */
export function useReadable<T>({ subscribe, getSnapshot }: Readable<T>): T {
  return useSyncExternalStore(subscribe, getSnapshot, getSnapshot);
}
