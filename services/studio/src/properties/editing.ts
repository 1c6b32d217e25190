/**
 * Changes to the source of one panel by what is shown of it, one after the other.
 *
 * A change is made of the panel as it is shown: its plan is drawn up when all changes before it are
 * shown, and it is refused when the source has become another meanwhile, or a node of it. The draft
 * writes them; the way back over them is the document's.
 */
import type { PanelAst, PanelStore } from "nexus-renderer";

import type { Api } from "../api/client.ts";
import { ApiError, asApiError } from "../api/errors.ts";
import { createStore, type Readable, type Store } from "../app/store.ts";
import type { EditOperation } from "../api/wire.ts";
import { documentOf, type Way } from "../source/document.ts";
import { type Draft, unixLines } from "../source/draft.ts";
import type { Checked } from "./findings.ts";
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
}

/** What is asked of the kernel, and of the panel as it runs. */
type Nodes = Pick<Api, "readNode" | "checkEdits">;
type Running = Pick<PanelStore, "panelId" | "getSnapshot" | "subscribe">;

const IDLE: EditingState = { isBusy: false, error: null, about: null };
/** How long the running panel is waited for; it may be out of reach. */
const PATIENCE_MS = 5_000;

export class Editing {
  readonly state: Readable<EditingState>;
  readonly #state: Store<EditingState> = createStore(IDLE);
  readonly #api: Nodes;
  readonly #store: Running;
  readonly #draft: Draft;
  #line: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  constructor(api: Nodes, store: Running, draft: Draft) {
    this.state = this.#state;
    this.#api = api;
    this.#store = store;
    this.#draft = draft;
  }

  /** Make a change, after all before it; `onDone` hears of it when it is shown, before the next one. */
  async change(
    plan: (shown: Shown) => Plan | null,
    onDone: (made: Plan) => void = () => {},
    about: string | null = null,
  ): Promise<void> {
    await this.#next(about, async () => {
      const made = plan(await this.#shown());
      if (made === null) return null;
      await this.#draft.change(await this.#named(made.steps));
      await this.#whenShown();
      onDone(made);
      return made;
    });
  }

  /**
   * What a change would come to, without making it.
   *
   * @throws ApiError - It cannot be made, or the kernel could not be asked.
   */
  async check(plan: (shown: Shown) => Plan | null, signal: AbortSignal): Promise<Checked | null> {
    await this.#line;
    const { hash, ...shown } = await this.#shown();
    const made = plan(shown);
    if (made === null) return null;
    const operations = await this.#named(made.steps);
    const { source, diagnostics } = await this.#api.checkEdits(this.#store.panelId, operations, hash, signal);
    return { before: shown.source, source: unixLines(source), diagnostics };
  }

  /** Put another source in place of one that was checked, after all changes before it. */
  async mend({ before, source }: Checked, text: string, onDone: () => void, about: string): Promise<void> {
    await this.#next(about, async () => {
      const shown = await this.#shown();
      if (shown.source !== before && shown.source !== source) throw new ApiError("PRECONDITION_FAILED", TOO_LATE);
      await this.#draft.put(text, "design");
      await this.#whenShown();
      onDone();
      return text;
    });
  }

  /** Go to the version before, or to the next one again; tells whether there was one. */
  async go(way: Way): Promise<boolean> {
    const isDone = await this.#next(null, async () => {
      const isGone = await documentOf(this.#draft).go(way);
      if (isGone) await this.#whenShown();
      return isGone;
    });
    return isDone === true;
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
    });
  }

  async #shown(): Promise<Shown & { readonly hash: string }> {
    const { ast, sourceHash } = this.#store.getSnapshot();
    if (sourceHash !== null) await this.#draft.noticeVersion(sourceHash);
    const state = this.#draft.get();
    if (ast === null || state.phase !== "open" || state.base.sourceHash !== sourceHash) {
      throw new ApiError("PRECONDITION_FAILED", "The panel has another source by now.");
    }
    return { ast, source: state.base.source, hash: sourceHash };
  }

  /** The operations with the hashes of the nodes that they name. */
  async #named(steps: readonly Step[]): Promise<readonly EditOperation[]> {
    const addresses = [...new Set(steps.flatMap(addressesOf))];
    const nodes = await Promise.all(addresses.map((address) => this.#api.readNode(this.#store.panelId, address)));
    const hashes = new Map(nodes.map(({ hash }, at) => [addresses[at] ?? "", hash]));
    return steps.map((step) => operationOf(step, (address) => hashes.get(address) ?? ""));
  }

  async #whenShown(): Promise<void> {
    const state = this.#draft.get();
    if (state.phase !== "open") return;
    const { sourceHash } = state.base;
    await new Promise<void>((resolve) => {
      const isShown = () => this.#store.getSnapshot().sourceHash === sourceHash;
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
