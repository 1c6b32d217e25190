/**
 * All drafts of this visit, one a panel, made when its source is first opened. They stay until
 * the panel is deleted, so that unsaved text survives a look at another panel.
 */
import { useEffect, useSyncExternalStore } from "react";

import type { Api } from "../api/client.ts";
import { useStore } from "../app/store.ts";
import { Draft, type DraftState, isDirty } from "./draft.ts";

export interface Drafts {
  /** The draft of a panel; the first call begins to load it. */
  open(panelId: string): Draft;
  find(panelId: string): Draft | undefined;
  forget(panelId: string): void;
  isUnsaved(panelId: string): boolean;
  anyUnsaved(): boolean;
  subscribe(listener: () => void): () => void;
}

export function createDrafts(api: Api): Drafts {
  const drafts = new Map<string, Draft>();
  const listeners = new Set<() => void>();
  const tell = () => {
    for (const listener of [...listeners]) listener();
  };

  return {
    open(panelId) {
      const existing = drafts.get(panelId);
      if (existing !== undefined) return existing;
      const draft = new Draft(api, panelId);
      draft.subscribe(tell);
      drafts.set(panelId, draft);
      void draft.load();
      return draft;
    },
    find: (panelId) => drafts.get(panelId),
    forget(panelId) {
      drafts.delete(panelId);
      tell();
    },
    isUnsaved(panelId) {
      const draft = drafts.get(panelId);
      return draft !== undefined && isDirty(draft.get());
    },
    anyUnsaved: () => [...drafts.values()].some((draft) => isDirty(draft.get())),
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/**
 * The draft of a panel, open from here on.
 *
 * @param runningHash - The version that runs, as the kernel says; null before it has said so.
 */
export function useDraft(drafts: Drafts, panelId: string, runningHash: string | null): [Draft, DraftState] {
  const draft = drafts.open(panelId);
  const state = useStore(draft);
  const { phase } = state;
  useEffect(() => {
    if (runningHash !== null) void draft.noticeVersion(runningHash);
  }, [draft, runningHash, phase]);
  return [draft, state];
}

/** Whether a panel has text that is not saved. */
export function useIsUnsaved(drafts: Drafts, panelId: string): boolean {
  return useSyncExternalStore(drafts.subscribe, () => drafts.isUnsaved(panelId));
}
