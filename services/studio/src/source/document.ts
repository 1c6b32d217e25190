/**
 * The text of a panel's source as all of the studio changes it, and the one way back over all of that.
 *
 * The editor takes back one edit after the other; the design, whose every change is saved, one saved
 * version after the other. What others write is no step of it: own steps stay around theirs, and where
 * they wrote over something of ours the way back ends, for nothing could be taken back there without
 * guessing. A document lives as long as its draft, with a view or without; how a text looks is the
 * editor's business, what is saved the draft's.
 */
import { history, isolateHistory, redo, redoDepth, undo, undoDepth } from "@codemirror/commands";
import { Compartment, EditorState, type Extension, Transaction, type TransactionSpec } from "@codemirror/state";
import { EditorView } from "@codemirror/view";

import { createStore, type Readable } from "../app/store.ts";
import { differencesOf } from "./difference.ts";
import type { Draft, Load } from "./draft.ts";

/** Where the way leads from here: by one edit, or by one saved version. */
export interface Steps {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  readonly canGoBack: boolean;
  readonly canGoForth: boolean;
}

export type Way = "back" | "forth";

interface Range {
  readonly from: number;
  readonly to: number;
}

export const NO_STEPS: Steps = { canUndo: false, canRedo: false, canGoBack: false, canGoForth: false };
const EVERYTHING = Number.MAX_SAFE_INTEGER;

const documents = new WeakMap<Draft, SourceDocument>();

/** The document of an open draft; the same one each time. */
export function documentOf(draft: Draft): SourceDocument {
  const known = documents.get(draft) ?? new SourceDocument(draft);
  documents.set(draft, known);
  return known;
}

class SourceDocument {
  readonly steps: Readable<Steps>;
  readonly #steps = createStore(NO_STEPS);
  readonly #draft: Draft;
  readonly #looks = new Compartment();
  #state: EditorState;
  #view: EditorView | null = null;
  #load: Load;
  #base: unknown;
  /** How many edits lead to each saved version. */
  #versions: readonly number[] = [0];
  /** What was changed here, where it stands now. */
  #own: readonly Range[] = [];
  /** The way to the version that the draft is about to take up. */
  #path: readonly Transaction[] = [];

  constructor(draft: Draft) {
    const present = draft.get();
    if (present.phase !== "open") throw new Error("a draft has no text before it is open");
    this.steps = this.#steps;
    this.#draft = draft;
    this.#load = present.load;
    this.#base = present.base;
    this.#state = this.#begin(present.text);
    draft.subscribe(() => this.#follow());
  }

  get state(): EditorState {
    return this.#view?.state ?? this.#state;
  }

  /** Show the text; it shows one view at a time. */
  show(parent: HTMLElement, looks: Extension): EditorView {
    this.#dispatch({ effects: this.#looks.reconfigure(looks) });
    this.#view = new EditorView({ state: this.#state, parent });
    return this.#view;
  }

  hide(): void {
    this.#state = this.state;
    this.#view?.destroy();
    this.#view = null;
  }

  /** Change the text as the editor does when somebody types. */
  edit(change: TransactionSpec): void {
    this.#dispatch(change);
  }

  /** Take back, or do again, one edit; it is not saved. */
  readonly undo = (): boolean => undo({ state: this.state, dispatch: (step) => this.#apply([step]) });
  readonly redo = (): boolean => redo({ state: this.state, dispatch: (step) => this.#apply([step]) });

  /** Save the version before or after this one, as it would be with what others wrote since. */
  async go(way: Way): Promise<boolean> {
    const path = this.#pathTo(way);
    const last = path.at(-1);
    if (last === undefined) return false;
    this.#path = path;
    await this.#draft.put(last.newDoc.toString(), "history");
    return true;
  }

  // ---- what becomes of the draft

  #follow(): void {
    const present = this.#draft.get();
    if (present.phase !== "open") return;
    if (present.load !== this.#load) {
      this.#load = present.load;
      this.#take(present.text, present.load);
    }
    if (present.base === this.#base) return;
    this.#base = present.base;
    if (present.text === present.base.source) this.#keepVersion();
  }

  #take(text: string, { by }: Load): void {
    const changes = differencesOf(this.state.doc.toString(), text);
    if (changes.length === 0) return;
    switch (by) {
      case "history":
        if (this.#path[0]?.startState === this.state && this.#path.at(-1)?.newDoc.toString() === text) {
          return this.#apply(this.#path);
        }
        return this.#dispatch({ changes, annotations: isolateHistory.of("full") });
      case "others":
        return this.#takeTheirs({ changes, annotations: Transaction.addToHistory.of(false) });
      case "instead":
        // What was dropped can be had again, but what others saved is not undone with it.
        this.#versions = [];
        return this.#dispatch({ changes, annotations: isolateHistory.of("full") });
      case "design":
      case "layout":
        return this.#dispatch({ changes, annotations: isolateHistory.of("full") });
    }
  }

  #takeTheirs(spec: TransactionSpec): void {
    const { changes } = this.state.update(spec);
    const isOver = this.#own.some(({ from, to }) => changes.touchesRange(from, to));
    this.#dispatch(spec);
    if (!isOver) return;
    this.#own = [];
    this.#versions = [0];
    const { selection } = this.state;
    const looks = this.#looks.get(this.state) ?? [];
    this.#state = this.#begin(this.state.doc.toString(), looks).update({ selection }).state;
    this.#view?.setState(this.#state);
    this.#tell();
  }

  #keepVersion(): void {
    // What is typed from here on is another step.
    this.#dispatch({ annotations: isolateHistory.of("full") });
    const depth = undoDepth(this.state);
    this.#versions = [...this.#versions.filter((each) => each !== depth), depth];
    this.#tell();
  }

  // ---- the text

  #begin(text: string, looks: Extension = []): EditorState {
    return EditorState.create({
      doc: text,
      extensions: [
        history({ minDepth: EVERYTHING }),
        this.#looks.of(looks),
        EditorView.updateListener.of(({ transactions }) => this.#hear(transactions)),
      ],
    });
  }

  #dispatch(spec: TransactionSpec): void {
    this.#apply([this.state.update(spec)]);
  }

  #apply(transactions: readonly Transaction[]): void {
    if (this.#view !== null) return this.#view.update(transactions);
    this.#state = transactions.at(-1)?.state ?? this.#state;
    this.#hear(transactions);
  }

  #hear(transactions: readonly Transaction[]): void {
    for (const each of transactions) {
      if (!each.docChanged) continue;
      const isOurs = each.annotation(Transaction.addToHistory) !== false;
      this.#own = ownAfter(this.#own, each, isOurs);
      if (!isOurs || each.isUserEvent("undo") || each.isUserEvent("redo")) continue;
      const depth = undoDepth(each.startState);
      this.#versions = this.#versions.filter((version) => version <= depth);
    }
    if (transactions.some(({ docChanged }) => docChanged)) this.#draft.edit(this.state.doc.toString());
    this.#tell();
  }

  #pathTo(way: Way): readonly Transaction[] {
    const command = way === "back" ? undo : redo;
    const path: Transaction[] = [];
    let { state } = this;
    const dispatch = (step: Transaction) => {
      path.push(step);
      ({ state } = step);
    };
    while (command({ state, dispatch })) {
      if (this.#versions.includes(undoDepth(state)) && !state.doc.eq(this.state.doc)) return path;
    }
    return [];
  }

  #tell(): void {
    const [done, undone] = [undoDepth(this.state), redoDepth(this.state)];
    const next: Steps = {
      canUndo: done > 0,
      canRedo: undone > 0,
      canGoBack: this.#versions.some((each) => each < done),
      canGoForth: this.#versions.some((each) => each > done),
    };
    const present = this.#steps.get();
    if (Object.entries(next).some(([name, can]) => present[name as keyof Steps] !== can)) this.#steps.set(next);
  }
}

export type { SourceDocument };

/** Where what was changed here stands after a change, with that change where it is one of ours. */
function ownAfter(own: readonly Range[], { changes }: Transaction, isOurs: boolean): readonly Range[] {
  const ranges = own.map(({ from, to }) => ({ from: changes.mapPos(from, -1), to: changes.mapPos(to, 1) }));
  if (isOurs) changes.iterChangedRanges((_, __, from, to) => ranges.push({ from, to }));
  const joined: Range[] = [];
  for (const { from, to } of ranges.toSorted((one, other) => one.from - other.from)) {
    const last = joined.at(-1);
    if (last === undefined || from > last.to) joined.push({ from, to });
    else joined[joined.length - 1] = { from: last.from, to: Math.max(last.to, to) };
  }
  return joined;
}
