/**
 * The text of one panel while a person works on it: what is saved, what is typed, what the last
 * check found, how the last save ended. It talks to the kernel and owns the state; the editor
 * and the views around it only show it. A draft outlives its view, so nothing typed is lost by
 * looking at another panel.
 */
import type { Api } from "../api/client.ts";
import { type ApiError, asApiError } from "../api/errors.ts";
import type { Diagnostic, PanelSource } from "../api/wire.ts";
import { createStore, type Readable } from "../app/store.ts";

/** How long a person must pause before the text is checked, in milliseconds. */
export const CHECK_DELAY_MS = 250;

export type Save =
  | { readonly kind: "idle" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved" }
  /** The text is not a panel that can run; the last good version still does. */
  | { readonly kind: "refused" }
  /** Somebody else saved first. */
  | { readonly kind: "conflict"; readonly theirs: PanelSource }
  | { readonly kind: "failed"; readonly error: ApiError };

export interface Findings {
  /** The text that was checked: places in `diagnostics` are places in it. */
  readonly text: string;
  readonly diagnostics: readonly Diagnostic[];
}

export type DraftState =
  | { readonly phase: "loading" }
  | { readonly phase: "failed"; readonly error: ApiError }
  | OpenDraft;

export interface OpenDraft {
  readonly phase: "open";
  readonly base: PanelSource;
  readonly text: string;
  /** How often the text came from the kernel: the editor takes it up then, and only then. */
  readonly loads: number;
  readonly save: Save;
  readonly findings: Findings | null;
  /** `unavailable`: the kernel could not be asked. */
  readonly check: "waiting" | "done" | "unavailable";
}

export interface Draft extends Readable<DraftState> {
  load(): Promise<void>;
  edit(text: string): void;
  save(): Promise<void>;
  /** After a conflict: save over the other's version. */
  overwrite(): Promise<void>;
  /** Drop what was typed and take the version that is saved now. */
  reload(): Promise<void>;
  /** The kernel runs another version now; follow it unless something here is unsaved. */
  noticeVersion(sourceHash: string): Promise<void>;
}

const IDLE: Save = { kind: "idle" };

export const isDirty = (state: DraftState): boolean =>
  state.phase === "open" && state.text !== state.base.source;

/** Whether the findings describe the text as it stands, so that fixes apply. */
export const isChecked = (state: OpenDraft): boolean => state.findings?.text === state.text;

export function createDraft(api: Api, id: string): Draft {
  const store = createStore<DraftState>({ phase: "loading" });
  let loads = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let running = new AbortController();

  /** Change an open draft; one that is not open has nothing to change. */
  function update(change: Partial<Omit<OpenDraft, "phase">>): void {
    const state = store.get();
    if (state.phase === "open") store.set({ ...state, ...change });
  }

  function show(panel: PanelSource): void {
    const base = { ...panel, source: unixLines(panel.source) };
    const { source: text } = base;
    loads += 1;
    store.set({ phase: "open", base, text, loads, save: IDLE, findings: null, check: "waiting" });
    scheduleCheck(0);
  }

  function scheduleCheck(delay: number): void {
    clearTimeout(timer);
    running.abort();
    timer = setTimeout(() => void check(), delay);
  }

  async function check(): Promise<void> {
    const state = store.get();
    if (state.phase !== "open") return;
    running = new AbortController();
    const { signal } = running;
    const { text } = state;
    try {
      const { diagnostics } = await api.check(text, signal);
      if (!signal.aborted) update({ findings: { text, diagnostics }, check: "done" });
    } catch {
      if (!signal.aborted) update({ check: "unavailable" });
    }
  }

  async function load(): Promise<void> {
    try {
      show(await api.readPanel(id));
    } catch (thrown) {
      store.set({ phase: "failed", error: asApiError(thrown) });
    }
  }

  async function saveOver(sourceHash: string): Promise<void> {
    const state = store.get();
    if (state.phase !== "open" || state.save.kind === "saving") return;
    const { text } = state;
    update({ save: { kind: "saving" } });
    try {
      const saved = await api.savePanel(id, text, sourceHash);
      update({ base: { id, source: text, sourceHash: saved }, save: { kind: "saved" } });
    } catch (thrown) {
      await refuse(asApiError(thrown), text);
    }
  }

  async function refuse(error: ApiError, text: string): Promise<void> {
    switch (error.code) {
      case "INVALID_PANEL":
        return refuseSource({ text, diagnostics: error.diagnostics });
      case "PRECONDITION_FAILED":
        return conflict();
      default:
        return update({ save: { kind: "failed", error } });
    }
  }

  /** The kernel checked what it refused; asking again would tell the same. */
  function refuseSource(findings: Findings): void {
    const state = store.get();
    const isCurrent = state.phase === "open" && state.text === findings.text;
    if (isCurrent) clearTimeout(timer);
    update({ save: { kind: "refused" }, findings, check: isCurrent ? "done" : "waiting" });
  }

  async function conflict(): Promise<void> {
    try {
      update({ save: { kind: "conflict", theirs: await api.readPanel(id) } });
    } catch (thrown) {
      update({ save: { kind: "failed", error: asApiError(thrown) } });
    }
  }

  return {
    get: store.get,
    subscribe: store.subscribe,
    load,
    edit(text) {
      const state = store.get();
      if (state.phase !== "open" || text === state.text) return;
      const save = state.save.kind === "saved" || state.save.kind === "failed" ? IDLE : state.save;
      update({ text, save, check: "waiting" });
      scheduleCheck(CHECK_DELAY_MS);
    },
    async save() {
      const state = store.get();
      if (state.phase !== "open" || state.save.kind === "conflict") return;
      await saveOver(state.base.sourceHash);
    },
    async overwrite() {
      const state = store.get();
      if (state.phase !== "open" || state.save.kind !== "conflict") return;
      await saveOver(state.save.theirs.sourceHash);
    },
    async reload() {
      const state = store.get();
      if (state.phase === "open" && state.save.kind === "conflict") show(state.save.theirs);
      else await load();
    },
    async noticeVersion(sourceHash) {
      const state = store.get();
      if (state.phase !== "open" || state.save.kind === "saving") return;
      const known = state.save.kind === "conflict" ? state.save.theirs : state.base;
      if (known.sourceHash === sourceHash) return;
      await (isDirty(state) ? conflict() : load());
    },
  };
}

/** The editor knows one end of line; a text compares equal to itself whatever wrote it. */
function unixLines(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}
