/**
 * Changes to the source of one panel, one after the other, and the way back.
 *
 * A change is made of the panel as it is shown: its plan is drawn up when all changes before it are
 * shown, and it is refused when the source has become another meanwhile, or a node of it. Each change
 * is one step to undo; undoing brings the text before it back, unless somebody else changed it since.
 */
import type { PanelAst, PanelStore } from "nexus-renderer";

import type { Api } from "../api/client.ts";
import { ApiError, asApiError } from "../api/errors.ts";
import { createStore, type Readable, type Store } from "../app/store.ts";
import type { EditOperation } from "../api/wire.ts";
import type { Plan, Spot, Step } from "./rearranging.ts";

/** A panel as it is shown, and its text. */
export interface Shown {
  readonly ast: PanelAst;
  readonly source: string;
}

export interface EditingState {
  readonly isBusy: boolean;
  readonly error: ApiError | null;
  /** The field whose change was refused; null where it was another change. */
  readonly about: string | null;
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

interface Done {
  readonly before: string;
  readonly after: string;
  /** The version that it left. */
  readonly hash: string;
}

/** What is asked of the kernel, and of the panel as it runs. */
type Sources = Pick<Api, "readPanel" | "readNode" | "editPanel" | "savePanel">;
type Running = Pick<PanelStore, "panelId" | "getSnapshot" | "subscribe">;

const IDLE: EditingState = { isBusy: false, error: null, about: null, canUndo: false, canRedo: false };
/** How long the running panel is waited for; it may be out of reach. */
const PATIENCE_MS = 5_000;

export class Editing {
  readonly state: Readable<EditingState>;
  readonly #state: Store<EditingState> = createStore(IDLE);
  readonly #api: Sources;
  readonly #store: Running;
  readonly #undo: Done[] = [];
  readonly #redo: Done[] = [];
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(api: Sources, store: Running) {
    this.state = this.#state;
    this.#api = api;
    this.#store = store;
  }

  /** Make a change, after all before it; `onDone` hears of it when it is shown, before the next one. */
  async change(
    plan: (shown: Shown) => Plan | null,
    onDone: (made: Plan) => void = () => {},
    about: string | null = null,
  ): Promise<void> {
    await this.#next(about, async () => {
      const shown = await this.#shown();
      const made = plan(shown);
      if (made === null) return null;
      const operations = await this.#named(made.steps);
      const { sourceHash } = await this.#api.editPanel(this.#id, operations, shown.hash);
      const { source } = await this.#api.readPanel(this.#id);
      this.#undo.push({ before: shown.source, after: source, hash: sourceHash });
      this.#redo.length = 0;
      await this.#whenShown(sourceHash);
      onDone(made);
      return made;
    });
  }

  readonly undo = (): Promise<boolean> => this.#goBack(this.#undo, this.#redo);
  readonly redo = (): Promise<boolean> => this.#goBack(this.#redo, this.#undo);

  async #goBack(from: Done[], to: Done[]): Promise<boolean> {
    const done = await this.#next(null, async () => {
      const last = from.at(-1);
      if (last === undefined) return null;
      const hash = await this.#api.savePanel(this.#id, last.before, last.hash);
      from.pop();
      // The step before this one left the text that is there now.
      to.push({ before: last.after, after: last.before, hash });
      await this.#whenShown(hash);
      return last;
    });
    return done !== null;
  }

  async #next<Result>(about: string | null, work: () => Promise<Result | null>): Promise<Result | null> {
    this.#waiting++;
    const run = this.#line.then(async () => {
      this.#tell(null, null);
      try {
        return await work();
      } catch (thrown) {
        this.#tell(told(asApiError(thrown)), about);
        return null;
      }
    });
    this.#line = run;
    const result = await run;
    this.#waiting--;
    const { error, about: last } = this.#state.get();
    this.#tell(error, last);
    return result;
  }

  #tell(error: ApiError | null, about: string | null): void {
    this.#state.set({
      isBusy: this.#waiting > 0,
      error,
      about,
      canUndo: this.#undo.length > 0,
      canRedo: this.#redo.length > 0,
    });
  }

  get #id(): string {
    return this.#store.panelId;
  }

  async #shown(): Promise<Shown & { readonly hash: string }> {
    const { source, sourceHash } = await this.#api.readPanel(this.#id);
    const { ast, sourceHash: shownHash } = this.#store.getSnapshot();
    if (ast === null || shownHash !== sourceHash) {
      throw new ApiError("PRECONDITION_FAILED", "The panel has another source by now.");
    }
    return { ast, source, hash: sourceHash };
  }

  /** The operations with the hashes of the nodes that they name. */
  async #named(steps: readonly Step[]): Promise<readonly EditOperation[]> {
    const addresses = [...new Set(steps.flatMap(addressesOf))];
    const nodes = await Promise.all(addresses.map((address) => this.#api.readNode(this.#id, address)));
    const hashes = new Map(nodes.map(({ hash }, at) => [addresses[at] ?? "", hash]));
    return steps.map((step) => operationOf(step, (address) => hashes.get(address) ?? ""));
  }

  async #whenShown(hash: string): Promise<void> {
    await new Promise<void>((resolve) => {
      const isShown = () => this.#store.getSnapshot().sourceHash === hash;
      if (isShown()) return resolve();
      const end = () => {
        stop();
        clearTimeout(timer);
        resolve();
      };
      const stop = this.#store.subscribe(() => isShown() && end());
      const timer = setTimeout(end, PATIENCE_MS);
    });
  }
}

const TOO_LATE =
  "Somebody else changed this panel meanwhile. It is shown as it is now; nothing of yours was changed in it.";

/** A change that came too late, in words that say what to do. */
function told(error: ApiError): ApiError {
  if (error.code !== "PRECONDITION_FAILED" && !isOutdated(error)) return error;
  return new ApiError(error.code, TOO_LATE, error);
}

/** Whether a node was not what the change was made of. */
function isOutdated({ code, details }: ApiError): boolean {
  if (code !== "CONFLICT" || typeof details !== "object" || details === null) return false;
  if (!("conflicts" in details)) return false;
  const [first] = details.conflicts as readonly { readonly code: string }[];
  return first?.code === "HASH_DIFFERS" || first?.code === "ADDRESS_GONE";
}

const addressOf = (spot: Spot): string =>
  "before" in spot ? spot.before : "after" in spot ? spot.after : spot.inside;

function addressesOf(step: Step): readonly string[] {
  switch (step.type) {
    case "Insert":
      return [addressOf(step.spot)];
    case "Move":
      return [step.address, addressOf(step.spot)];
    case "Set":
    case "Replace":
    case "Remove":
      return [step.address];
  }
}

/** An operation on nodes of these hashes. */
export function operationOf(step: Step, hashOf: (address: string) => string): EditOperation {
  switch (step.type) {
    case "Insert":
      return { type: "Insert", place: placeOf(step.spot, hashOf), nxml: step.nxml };
    case "Move":
      return { type: "Move", address: step.address, hash: hashOf(step.address), place: placeOf(step.spot, hashOf) };
    case "Set": {
      const { type, address, name, text } = step;
      const value = text === "" ? {} : { value: { kind: "written", text } as const };
      return { type, address, hash: hashOf(address), name, ...value };
    }
    case "Replace":
    case "Remove":
      return { ...step, hash: hashOf(step.address) };
  }
}

function placeOf(spot: Spot, hashOf: (address: string) => string) {
  const hash = hashOf(addressOf(spot));
  return "inside" in spot ? { parent: spot.inside, hash } : { ...spot, hash };
}
