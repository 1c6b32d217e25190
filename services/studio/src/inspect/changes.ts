/**
 * The log of a panel's state, newest first: whether there is something to undo and to redo, and how
 * a change reads. An undo is a change of its own, and taking it back is the redo. Which change is
 * next is the kernel's business.
 */
import type { Change, Json, PatchOp } from "../api/wire.ts";
import { beginning, jsonWithin } from "./values.ts";

export interface Steps {
  readonly canUndo: boolean;
  readonly canRedo: boolean;
}

/** Whether there is a change to take back, and an undo, of the changes in a log. */
export function stepsOf(changes: readonly Change[]): Steps {
  const undos = new Set(changes.filter(({ cause }) => cause.kind === "undo").map(({ rev }) => rev));
  const cancelled = new Set<number>();
  let [canUndo, canRedo] = [false, false];
  for (const { rev, cause } of changes) {
    if (cancelled.has(rev)) continue;
    const undoes = cause.undoes ?? [];
    for (const each of undoes) cancelled.add(each);
    if (cause.kind !== "undo") canUndo ||= BY_PEOPLE.has(cause.kind);
    else if (undoes.some((each) => undos.has(each))) canUndo = true;
    else canRedo = true;
  }
  return { canUndo, canRedo };
}

/** Kinds of changes that somebody wanted; others are taken back by number only. */
const BY_PEOPLE: ReadonlySet<string> = new Set(["execution", "binding", "proposal"]);

/** Why the state changed, in a few words. */
export function causeWords({ cause }: Change): string {
  switch (cause.kind) {
    case "execution":
      return cause.tool ?? "A tool";
    case "binding":
      return "Typed";
    case "lifecycle":
      return "Lifecycle";
    case "reload":
      return "Another source";
    case "undo":
      return `Undo of ${(cause.undoes ?? []).map((rev) => `#${rev}`).join(", ") || "a change"}`;
    case "proposal":
      return "Proposal";
  }
}

const LONGEST = 60;

/** One operation as a line: where, and what is there now. */
export function opWords(op: PatchOp): string {
  switch (op.op) {
    case "add":
    case "replace":
      return `${op.path} = ${short(op.value)}`;
    case "remove":
      return `${op.path} removed`;
    case "move":
      return `${op.from} moved to ${op.path}`;
  }
}

/** A value in at most one short line. */
export function short(value: unknown): string {
  if (value === undefined) return "nothing";
  const text = jsonWithin(value as Json, LONGEST);
  return text === null ? `${beginning(value as Json, LONGEST)}…` : text;
}
