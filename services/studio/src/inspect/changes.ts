/**
 * The log of a panel's state, newest first: what an undo and a redo would take back, and how a
 * change reads. An undo is a change of its own, and taking it back is the redo.
 */
import type { Change, PatchOp } from "../api/wire.ts";

export interface Steps {
  /** The change that an undo takes back; null where there is none to be seen. */
  readonly undo: number | null;
  /** The undo that a redo takes back. */
  readonly redo: number | null;
}

/** What can be taken back next, of the changes in a log. */
export function stepsOf(changes: readonly Change[]): Steps {
  const undos = new Set(changes.filter(({ cause }) => cause.kind === "undo").map(({ rev }) => rev));
  const cancelled = new Set<number>();
  let redo: number | null = null;
  for (const { rev, cause } of changes) {
    if (cancelled.has(rev)) continue;
    if (cause.kind !== "undo") return { undo: rev, redo };
    const undoes = cause.undoes ?? [];
    for (const each of undoes) cancelled.add(each);
    const isRedo = undoes.some((each) => undos.has(each));
    if (!isRedo) redo ??= rev;
  }
  return { undo: null, redo };
}

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
  const text = JSON.stringify(value) ?? "nothing";
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
