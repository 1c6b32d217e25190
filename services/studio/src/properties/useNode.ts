/**
 * One node in the source of a panel: how it is written now, and changes to it, one after the other.
 *
 * A change says which hash it is made on, so that one by somebody else in between is noticed. Who
 * makes a second change before the first is shown means it on top of the first: what our own changes
 * made of a hash is remembered here.
 */
import { useCallback, useEffect, useRef, useState } from "react";

import type { EditOperation } from "../api/wire.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import { useStudio } from "../app/studio.tsx";
import { useFetched } from "../app/useFetched.ts";

export interface EditableNode {
  /** Whether it is known how the node is written. */
  readonly isReady: boolean;
  readonly error: ApiError | null;
  /** Write an attribute; an empty text takes it away. */
  set(name: string, text: string): void;
  remove(): void;
}

export function useNode(panelId: string, address: string, sourceHash: string | null): EditableNode {
  const { api } = useStudio();
  const found = useFetched(useCallback(() => api.readNode(panelId, address), [api, panelId, address]));
  const { refresh, value } = found;
  const [error, setError] = useState<ApiError | null>(null);
  const line = useRef(Promise.resolve());
  const [made] = useState(() => new Map<string, string>());
  const last = useRef(sourceHash);
  useEffect(() => {
    if (last.current === sourceHash) return;
    last.current = sourceHash;
    refresh();
  }, [sourceHash, refresh]);

  const change = (edit: (hash: string) => EditOperation) => {
    if (value === null) return;
    const work = async () => {
      setError(null);
      try {
        const hash = newest(made, value.hash);
        await api.editPanel(panelId, [edit(hash)]);
        const after = await api.readNode(panelId, address).catch(() => null);
        if (after !== null) remember(made, hash, after.hash);
      } catch (thrown) {
        setError(asApiError(thrown));
      } finally {
        refresh();
      }
    };
    line.current = line.current.then(work);
  };
  return {
    isReady: value !== null,
    error: error ?? found.error,
    set: (name, text) =>
      change((hash) => ({
        type: "Set",
        address,
        hash,
        name,
        ...(text === "" ? {} : { value: { kind: "written", text } }),
      })),
    remove: () => change((hash) => ({ type: "Remove", address, hash })),
  };
}

/** What our changes have made of a hash by now. */
export function newest(made: ReadonlyMap<string, string>, hash: string): string {
  const next = made.get(hash);
  return next === undefined ? hash : newest(made, next);
}

/** Nothing was made yet of what came last, also where it has been there before. */
export function remember(made: Map<string, string>, before: string, after: string): void {
  if (before !== after) made.set(before, after);
  made.delete(after);
}
