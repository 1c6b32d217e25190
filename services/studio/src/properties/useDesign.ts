/** What the page of the design shares: the tree, what is chosen in it, and changes to it. */
import { type PanelStore, usePanel } from "nexus-renderer";
import { useCallback, useMemo, useRef, useState } from "react";

import { useCanWrite } from "../account/useRole.ts";
import type { Fix } from "../api/wire.ts";
import { createStore, useStore } from "../app/store.ts";
import { useStudio } from "../app/studio.tsx";
import { documentOf, NO_STEPS, type Steps } from "../source/document.ts";
import { type DraftState, isChecked, isDirty } from "../source/draft.ts";
import { useDraft } from "../source/drafts.ts";
import { Editing, type EditingState } from "./editing.ts";
import { type Findings, findingsOf, mended } from "./findings.ts";
import { type Marked, marked } from "./marking.ts";
import { findItem, type Item, itemAt, outlineOf, titleOf } from "./outline.ts";
import { firstInView, firstOf } from "./palette.ts";
import { type Carried, type Drop, dropped, type Plan, tellOf } from "./rearranging.ts";
import { setTo } from "./values.ts";

export interface Design {
  readonly store: PanelStore;
  readonly panel: Marked | null;
  readonly root: Item | null;
  readonly chosen: Item | null;
  readonly editing: EditingState;
  /** The source that is changed. */
  readonly source: DraftState;
  /** Where the way back and forth leads from here. */
  readonly steps: Steps;
  /** Whether the panel cannot be changed here, or not yet. */
  readonly isFixed: boolean;
  readonly isUnsaved: boolean;
  /** What was done last, for who does not see it. */
  readonly said: string;
  choose(address: string | null): void;
  /** Change the chosen item, by a plan that is made of it when its turn has come; `about`: which field. */
  act(plan: (item: Item, source: string) => Plan | null, about?: string): void;
  /** What is wrong with a field of the chosen item as it is; null where that is not known yet. */
  findings(name: string): Findings | null;
  /** What would be wrong with it with another text; null where there is no telling. */
  check(name: string, text: string, signal: AbortSignal): Promise<Findings | null>;
  /** Mend what was found at a field of the chosen item. */
  mend(name: string, findings: Findings, fix: Fix): void;
  /** Put an item, by its address, or a new component, by its name, somewhere. */
  put(what: Moved, drop: Drop): void;
  /** Put a new component into a view that is empty. */
  begin(name: string): void;
  undo(): void;
  redo(): void;
  /** Fetch the source again. */
  retry(): void;
}

/** What is carried, before the tree that it is put into is known. */
export type Moved =
  | { readonly kind: "item"; readonly address: string }
  | { readonly kind: "new"; readonly name: string };

const NOWHERE = createStore(NO_STEPS);

/** An item that is followed through changes of its address. */
interface Followed {
  address: string | null;
}

export function useDesign(panelId: string): Design {
  const { api, client, drafts } = useStudio();
  const store = client.panel(panelId);
  const { ast, sourceHash } = usePanel(store);
  const [draft, source] = useDraft(drafts, panelId, sourceHash);
  const editing = useMemo(() => new Editing(api, store, draft), [api, store, draft]);
  const steps = useStore(source.phase === "open" ? documentOf(draft).steps : NOWHERE);
  const isUnsaved = isDirty(source);
  const followed = useRef<Followed>({ address: null });
  const [address, setAddress] = useState<string | null>(null);
  const [said, setSaid] = useState("");
  const panel = useMemo(() => (ast === null ? null : marked(ast)), [ast]);
  const root = useMemo(() => (ast === null ? null : outlineOf(ast)), [ast]);

  const choose = useCallback((next: string | null) => {
    followed.current = { address: next };
    setAddress(next);
  }, []);
  const change = (plan: (root: Item | null, source: string) => Plan | null, about?: string) => {
    const follows = followed.current;
    void editing.change(
      ({ ast: shown, source: text }) => plan(outlineOf(shown), text),
      (made) => {
        const after = store.getSnapshot().ast;
        const item = after === null || made.path === null ? null : itemAt(outlineOf(after), made.path);
        follows.address = item?.address ?? null;
        if (follows === followed.current) setAddress(follows.address);
        setSaid(tellOf(made.said, item));
      },
      about,
    );
  };
  const carriedOf = (what: Moved, tree: Item | null, source: string): Carried | null => {
    if (what.kind === "new") {
      const { ast: shown } = store.getSnapshot();
      return shown && firstOf(what.name, shown, source);
    }
    const item = findItem(tree, what.address);
    return item && { kind: "item", item };
  };
  const chosen = findItem(root, address);
  const known = source.phase === "open" && isChecked(source) ? source.findings : null;
  return {
    store,
    panel,
    root,
    chosen,
    editing: useStore(editing.state),
    source,
    steps,
    isFixed: !useCanWrite() || isUnsaved || ast === null || source.phase !== "open",
    isUnsaved,
    said,
    choose,
    act(plan, about) {
      const { current } = followed;
      change((tree, source) => {
        const item = findItem(tree, current.address);
        const made = item && plan(item, source);
        if (item !== null && made === null) setSaid(`${titleOf(item)} stays as it is.`);
        return made;
      }, about);
    },
    findings(name) {
      if (known === null || chosen === null) return null;
      const { text, diagnostics } = known;
      return findingsOf({ before: text, source: text, diagnostics }, diagnostics, chosen, name);
    },
    async check(name, text, signal) {
      if (chosen === null) return null;
      const checked = await editing.check(() => setTo(chosen, name, text), signal).catch(() => null);
      return checked && findingsOf(checked, known?.diagnostics ?? null, chosen, name);
    },
    mend(name, { checked }, fix) {
      const text = mended(checked, fix);
      if (text !== null) void editing.mend(checked, text, () => setSaid(`${fix.title}: done.`), name);
    },
    put(what, drop) {
      change((tree, source) => {
        const there = found(drop, tree);
        const carried = carriedOf(what, tree, source);
        return there && carried && dropped(carried, there, source);
      });
    },
    begin(name) {
      change((_, source) => {
        const carried = carriedOf({ kind: "new", name }, null, source);
        if (carried?.kind !== "new") return null;
        return { steps: firstInView(carried, source), path: name === "Layout" ? [] : [0], said: `${name} added` };
      });
    },
    undo: () => void editing.go("back").then((isDone) => isDone && setSaid("Undone.")),
    redo: () => void editing.go("forth").then((isDone) => isDone && setSaid("Done again.")),
    retry: () => void draft.load(),
  };
}

/** The same place in another tree. */
function found(drop: Drop, tree: Item | null): Drop | null {
  if (drop.kind === "beside") {
    const target = findItem(tree, drop.target.address);
    return target && { ...drop, target };
  }
  const parent = findItem(tree, drop.place.parent.address);
  return parent && { kind: "between", place: { parent, index: drop.place.index } };
}
