/**
 * The text of one panel while a person works on it: what is saved, what is typed, what the last
 * check found, how the last save ended. It talks to the kernel and owns the state; the editor, the
 * design and the views around them only show it. A draft outlives its views, so nothing typed is
 * lost by looking at another panel. The way back over what was done is the business of `document.ts`.
 */
import type { Api } from "../api/client.ts";
import { ApiError, asApiError } from "../api/errors.ts";
import type { Diagnostic, EditOperation, PanelSource } from "../api/wire.ts";
import { createStore, type Readable } from "../app/store.ts";
import { merged } from "./difference.ts";
import { formatsOnSave } from "./formatting.ts";

/** How long a person must pause before the text is checked, in milliseconds. */
export const CHECK_DELAY_MS = 250;

export type Save =
  | { readonly kind: "idle" }
  | { readonly kind: "saving" }
  | { readonly kind: "saved" }
  /** The text is not a panel that can run; the last good version still does. */
  | { readonly kind: "refused" }
  /** Somebody else saved first; a version that was saved here may have given way to theirs. */
  | { readonly kind: "conflict"; readonly theirs: PanelSource; readonly gaveWay: boolean }
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

/** How a text came about that nobody typed: one value for each time. */
export interface Load {
  /**
   * `instead`: theirs, taken in place of what was typed; `layout`: laid out; `design`: changed by node;
   * `history`: as it was before.
   */
  readonly by: "others" | "instead" | "layout" | "design" | "history";
}

export interface OpenDraft {
  readonly phase: "open";
  readonly base: PanelSource;
  readonly text: string;
  /** How the text last came from elsewhere than the editor, which takes it up then, and only then. */
  readonly load: Load;
  readonly save: Save;
  readonly findings: Findings | null;
  /** `unavailable`: the kernel could not be asked. */
  readonly check: "waiting" | "done" | "unavailable";
}

const IDLE: Save = { kind: "idle" };
const UNSAVED = "The source has text that is not saved.";

export const isDirty = (state: DraftState): boolean =>
  state.phase === "open" && state.text !== state.base.source;

/** After a conflict: the text with what both changed since the version that both began with; null where that clashes. */
export function bothOf(state: DraftState): string | null {
  if (state.phase !== "open" || state.save.kind !== "conflict" || state.save.gaveWay || !isDirty(state)) return null;
  return merged(state.base.source, unixLines(state.save.theirs.source), state.text);
}

/** Whether the findings describe the text as it stands, so that fixes apply. */
export const isChecked = (state: OpenDraft): boolean => state.findings?.text === state.text;

/** One panel's text and all that becomes of it. */
export class Draft implements Readable<DraftState> {
  readonly get: () => DraftState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly panelId: string;
  readonly #store = createStore<DraftState>({ phase: "loading" });
  readonly #api: Api;
  /** Whether a version is being written here, and what the kernel said to run meanwhile. */
  #isWriting = false;
  #noticed: string | null = null;
  /** What was last found out about a saved source. */
  #layout: { readonly sourceHash: string; readonly isCanonical: boolean } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #running = new AbortController();

  constructor(api: Api, panelId: string) {
    this.#api = api;
    this.panelId = panelId;
    this.get = this.#store.get;
    this.subscribe = this.#store.subscribe;
  }

  /** Take the version that is saved now; what was typed is dropped. */
  async load(by: Load["by"] = "others"): Promise<void> {
    try {
      this.#show(await this.#api.readPanel(this.panelId), by);
    } catch (thrown) {
      this.#store.set({ phase: "failed", error: asApiError(thrown) });
    }
  }

  edit(text: string): void {
    const state = this.get();
    if (state.phase !== "open" || text === state.text) return;
    const isPast = state.save.kind === "saved" || state.save.kind === "failed";
    this.#update({ text, save: isPast ? IDLE : state.save, check: "waiting" });
    this.#scheduleCheck(CHECK_DELAY_MS);
  }

  async save(): Promise<void> {
    const state = this.get();
    if (state.phase !== "open" || state.save.kind === "conflict") return;
    await this.#saveOver(state.base.sourceHash);
  }

  /** After a conflict: save over the other's version. */
  async overwrite(): Promise<void> {
    const state = this.get();
    if (state.phase !== "open" || state.save.kind !== "conflict") return;
    await this.#saveOver(state.save.theirs.sourceHash);
  }

  /** After a conflict: put what both changed into the text, which is not saved by that. */
  takeBoth(): void {
    const state = this.get();
    const text = bothOf(state);
    if (state.phase !== "open" || state.save.kind !== "conflict" || text === null) return;
    const base = { ...state.save.theirs, source: unixLines(state.save.theirs.source) };
    this.#update({ base, text, load: { by: "others" }, save: IDLE, check: "waiting" });
    this.#scheduleCheck(0);
  }

  /** After a conflict: drop what was typed and take the other's version. */
  async reload(): Promise<void> {
    const state = this.get();
    if (state.phase === "open" && state.save.kind === "conflict") this.#show(state.save.theirs, "instead");
    else await this.load("instead");
  }

  /**
   * Change nodes of the saved source, as one step.
   *
   * @throws ApiError - The kernel refused it; the source is as it was.
   */
  async change(operations: readonly EditOperation[]): Promise<void> {
    await this.#rewrite(async ({ sourceHash }) => {
      const changed = await this.#api.editPanel(this.panelId, operations, sourceHash);
      const panel = await this.#api.readPanel(this.panelId);
      return { panel, by: panel.sourceHash === changed.sourceHash ? "design" : "others" };
    });
  }

  /**
   * Save another text in place of the saved one, as one step.
   *
   * @throws ApiError - The kernel refused it; the source is as it was.
   */
  async put(source: string, by: "design" | "history"): Promise<void> {
    await this.#rewrite(async ({ id, sourceHash }) => {
      const saved = await this.#api.savePanel(id, source, sourceHash);
      return { panel: { id, source, sourceHash: saved }, by };
    });
  }

  /** The kernel runs this version now; follow it unless something here is unsaved. */
  async noticeVersion(sourceHash: string): Promise<void> {
    const state = this.get();
    if (state.phase !== "open") return;
    if (this.#isWriting) {
      // It may be the one that is being written.
      this.#noticed = sourceHash;
      return;
    }
    const known = state.save.kind === "conflict" ? state.save.theirs : state.base;
    if (known.sourceHash === sourceHash) return;
    await (isDirty(state) ? this.#conflict() : this.load());
  }

  /** Lay the text out, where it can be read. */
  async format(): Promise<void> {
    const state = this.get();
    if (state.phase === "open") await this.#tidied(state.text);
  }

  /** Change an open draft; one that is not open has nothing to change. */
  #update(change: Partial<Omit<OpenDraft, "phase">>): void {
    const state = this.get();
    if (state.phase === "open") this.#store.set({ ...state, ...change });
  }

  #show(panel: PanelSource, by: Load["by"]): void {
    const text = unixLines(panel.source);
    this.#store.set({
      phase: "open",
      base: { ...panel, source: text },
      text,
      load: { by },
      save: IDLE,
      findings: null,
      check: "waiting",
    });
    this.#scheduleCheck(0);
  }

  /** Write, and take up what came of it, unless somebody typed meanwhile. */
  async #rewrite(write: (base: PanelSource) => Promise<{ panel: PanelSource; by: Load["by"] }>): Promise<void> {
    const before = this.get();
    if (before.phase !== "open" || this.#isWriting || isDirty(before)) throw new ApiError("CONFLICT", UNSAVED);
    await this.#writing(async () => {
      const { panel, by } = await write(before.base);
      const state = this.get();
      if (state.phase === "open" && isDirty(state)) this.#update({ save: { kind: "conflict", theirs: panel, gaveWay: false } });
      else this.#show(panel, by);
    });
  }

  /** Write a version; what the kernel says to run meanwhile is looked at afterwards. */
  async #writing(write: () => Promise<void>): Promise<void> {
    this.#isWriting = true;
    try {
      await write();
    } finally {
      this.#isWriting = false;
      const noticed = this.#noticed;
      this.#noticed = null;
      if (noticed !== null) await this.noticeVersion(noticed);
    }
  }

  async #saveOver(sourceHash: string): Promise<void> {
    if (!this.#isWriting) await this.#writing(() => this.#saveText(sourceHash));
  }

  async #saveText(sourceHash: string): Promise<void> {
    const state = this.get();
    if (state.phase !== "open") return;
    this.#update({ save: { kind: "saving" } });
    const isKept = formatsOnSave.get() && (await this.#isLaidOut(state.base));
    const text = isKept ? await this.#tidied(state.text) : state.text;
    try {
      const saved = await this.#api.savePanel(this.panelId, text, sourceHash);
      const base = { id: this.panelId, source: text, sourceHash: saved };
      this.#update({ base, save: { kind: "saved" } });
    } catch (thrown) {
      await this.#notSaved(asApiError(thrown), text);
    }
  }

  /** Whether a saved source is in canonical layout: then it stays so; one laid out by hand does too. */
  async #isLaidOut({ source, sourceHash }: PanelSource): Promise<boolean> {
    if (this.#layout?.sourceHash !== sourceHash) {
      const laidOut = await this.#api.format(source).catch(() => null);
      this.#layout = { sourceHash, isCanonical: laidOut === source };
    }
    return this.#layout.isCanonical;
  }

  /** The text laid out; what was typed meanwhile, or what cannot be read, stays as it is. */
  async #tidied(text: string): Promise<string> {
    const laidOut = await this.#api.format(text).catch(() => text);
    const state = this.get();
    if (laidOut === text || state.phase !== "open" || state.text !== text) return text;
    this.#update({ text: laidOut, load: { by: "layout" }, check: "waiting" });
    this.#scheduleCheck(0);
    return laidOut;
  }

  async #notSaved(error: ApiError, text: string): Promise<void> {
    if (error.gaveWay) return this.#conflict(true);
    switch (error.code) {
      case "INVALID_PANEL":
        return this.#refused({ text, diagnostics: error.diagnostics });
      case "PRECONDITION_FAILED":
        return this.#conflict();
      default:
        return this.#update({ save: { kind: "failed", error } });
    }
  }

  /** The kernel checked what it refused; asking again would tell the same. */
  #refused(findings: Findings): void {
    const state = this.get();
    const isCurrent = state.phase === "open" && state.text === findings.text;
    if (isCurrent) clearTimeout(this.#timer);
    this.#update({ save: { kind: "refused" }, findings, check: isCurrent ? "done" : "waiting" });
  }

  async #conflict(gaveWay = false): Promise<void> {
    try {
      const theirs = await this.#api.readPanel(this.panelId);
      this.#update({ save: { kind: "conflict", theirs, gaveWay } });
    } catch (thrown) {
      this.#update({ save: { kind: "failed", error: asApiError(thrown) } });
    }
  }

  #scheduleCheck(delay: number): void {
    clearTimeout(this.#timer);
    this.#running.abort();
    this.#timer = setTimeout(() => void this.#check(), delay);
  }

  async #check(): Promise<void> {
    const state = this.get();
    if (state.phase !== "open") return;
    this.#running = new AbortController();
    const { signal } = this.#running;
    const { text } = state;
    try {
      const { diagnostics } = await this.#api.check(text, signal);
      if (!signal.aborted) this.#update({ findings: { text, diagnostics }, check: "done" });
    } catch {
      if (!signal.aborted) this.#update({ check: "unavailable" });
    }
  }
}

/** The editor knows one end of line; a text compares equal to itself whatever wrote it. */
export function unixLines(text: string): string {
  return text.replaceAll(/\r\n?/g, "\n");
}
