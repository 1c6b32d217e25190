/**
 * A list of what a panel does, newest first, page by page. Its beginning is read again whenever
 * the panel moved on.
 */
import { usePanel } from "nexus-renderer";
import { useCallback, useEffect, useEffectEvent, useRef, useState } from "react";

import { type ApiError, asApiError } from "../api/errors.ts";
import type { Page } from "../api/wire.ts";
import { useStudio } from "../app/studio.tsx";

export interface Paged<Item> {
  readonly items: readonly Item[];
  readonly error: ApiError | null;
  readonly isLoaded: boolean;
  /** Reads the next page; null where there is none. */
  readonly more: (() => void) | null;
  /** Read the beginning again, at once. */
  refresh(): Promise<void>;
}

/** How long a panel must stand still before its list is read again, in milliseconds. */
const SETTLE_MS = 150;

export function usePaged<Item>(
  panelId: string,
  read: (cursor?: string) => Promise<Page<Item>>,
): Paged<Item> {
  const store = useStudio().client.panel(panelId);
  const { rev } = usePanel(store);
  const [pages, setPages] = useState<readonly Page<Item>[]>([]);
  const [error, setError] = useState<ApiError | null>(null);
  const [round, setRound] = useState(0);

  /** The newest reading; an older one that comes late says nothing any more. */
  const newest = useRef(0);
  const refresh = async (): Promise<void> => {
    const number = ++newest.current;
    try {
      const page = await read();
      if (number !== newest.current) return;
      setPages([page]);
      setError(null);
    } catch (thrown) {
      if (number === newest.current) setError(asApiError(thrown));
    }
  };
  const follow = useEffectEvent(refresh);
  useEffect(() => {
    const timer = setTimeout(() => void follow(), round === 0 ? 0 : SETTLE_MS);
    return () => clearTimeout(timer);
  }, [panelId, rev, round]);
  // A run that changed nothing moves no revision.
  useEffect(() => store.onResult(() => setRound((last) => last + 1)), [store]);

  const cursor = pages.at(-1)?.nextCursor;
  const more = useCallback(() => {
    read(cursor).then(
      (page) => setPages((before) => [...before, page]),
      (thrown: unknown) => setError(asApiError(thrown)),
    );
  }, [read, cursor]);
  const items = pages.flatMap((page) => page.items);
  return { items, error, isLoaded: pages.length > 0, more: cursor === undefined ? null : more, refresh };
}
