/** What the names of branches say, what may be one, and in which order they are shown. */
import type { Branch } from "../api/wire.ts";

/** Saves that gave way to what others did go to branches of these names. */
const PUT_ASIDE = /^conflicts\/(.+)-[0-9a-f]{8}$/;

/** The panel of which a branch holds a save that was put aside; null for any other branch. */
export const panelPutAside = (branch: string): string | null => PUT_ASIDE.exec(branch)?.[1] ?? null;

/** A name for a branch from what somebody typed: spaces are none in git. */
export const branchName = (typed: string): string => typed.trim().replaceAll(/\s+/g, "-");

/** The one that panels run from, then by name; saves that were put aside come last. */
export const inOrder = (branches: readonly Branch[]): readonly Branch[] =>
  branches.toSorted((one, other) => rank(one) - rank(other) || one.name.localeCompare(other.name));

const rank = ({ name, checkedOut }: Branch): number =>
  checkedOut ? 0 : panelPutAside(name) === null ? 1 : 2;
