/**
 * Where somebody is in the tour, and whether they have had it. It is offered once to a person: the
 * kernel remembers of whoever signs in, this browser of everybody else.
 */
import type { SessionState } from "../account/session.ts";
import type { AccountsApi } from "../api/accounts.ts";
import { keep, kept } from "../design/keep.ts";
import type { Span } from "../api/wire.ts";
import { differencesOf } from "../source/difference.ts";

export type TourState =
  | { readonly at: "off" | "offer" | "choose" }
  /** A panel was made: it is used, something in it is changed, and the change is looked at. */
  | { readonly at: "use" | "see"; readonly panelId: string }
  | { readonly at: "change"; readonly panelId: string; readonly before: string };

export const NO_TOUR: TourState = { at: "off" };

/** The steps after the offer, in order. */
export const STEPS = ["choose", "use", "change", "see"] as const;

/** Whether this person took the tour, or declined it. */
export function hasToured(session: SessionState): boolean {
  const isKnown = session.phase === "in" && session.user.touredAt !== undefined;
  return isKnown || kept(keyOf(session)) !== null;
}

/** Remember that this person has been asked. */
export function noteTour(session: SessionState, accounts: AccountsApi): void {
  keep(keyOf(session), "1");
  if (session.phase !== "in") return;
  // Out of reach it is remembered here only, and asked once more elsewhere.
  accounts.noteTour().catch(() => undefined);
}

function keyOf(session: SessionState): string {
  const user = session.phase === "in" || session.phase === "expired" ? (session.user.id ?? "") : "";
  return `nexus.tour:${user}`;
}

/** Where the first thing stands in `after` that `before` does not have; null for the same text. */
export function placeOfChange(before: string, after: string): Span | null {
  const [difference] = differencesOf(before, after);
  if (difference === undefined) return null;
  const lines = after.slice(0, difference.from).split("\n");
  const [line, column] = [lines.length, (lines.at(-1)?.length ?? 0) + 1];
  return { line, column, endLine: line, endColumn: column };
}
