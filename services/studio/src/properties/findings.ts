/**
 * What is wrong with one field of an item, out of what a check found in the whole source: what stands
 * at the field's text, and every error that the text makes elsewhere.
 */
import { Text } from "@codemirror/state";

import type { Diagnostic, Fix } from "../api/wire.ts";
import { differencesOf } from "../source/difference.ts";
import { changesOf } from "../source/fixes.ts";
import { rangeOf } from "../source/positions.ts";
import type { Item } from "./outline.ts";
import { attributeIn } from "./text.ts";

/** A source as it would be with a text in a field, and what a check found in it. */
export interface Checked {
  /** The source as it is. */
  readonly before: string;
  readonly source: string;
  readonly diagnostics: readonly Diagnostic[];
}

/** What is wrong with a field. */
export interface Findings {
  readonly checked: Checked;
  readonly here: readonly Diagnostic[];
  /** Whether the panel could not run with it. */
  readonly isBroken: boolean;
}

/**
 * Tell what of a check is about a field.
 *
 * @param known - What was found in the source as it is; null where that is not known.
 */
export function findingsOf(
  checked: Checked,
  known: readonly Diagnostic[] | null,
  { node }: Item,
  name: string,
): Findings {
  const { before, source, diagnostics } = checked;
  const text = Text.of(source.split("\n"));
  const places = node === null ? [] : placesOf(before, source, node.kind === "text" ? null : attributeIn(source, node.loc, name));
  const isHere = ({ loc }: Diagnostic) => {
    const { from, to } = rangeOf(text, loc);
    return places.some((place) => from <= place.to && to >= place.from);
  };
  const errors = introduced(known ?? diagnostics, diagnostics);
  const here = diagnostics.filter((each) => isHere(each) || errors.includes(each));
  const isBroken = errors.length > 0 || (known === null && here.some(({ severity }) => severity === "error"));
  return { checked, here, isBroken };
}

/** The source after a fix; null where its edits contradict each other. */
export function mended({ source }: Checked, fix: Fix): string | null {
  const text = Text.of(source.split("\n"));
  const changes = changesOf(text, fix);
  if (changes === null) return null;
  return changes.reduceRight(
    (present, { from, to, insert }) => present.slice(0, from) + insert + present.slice(to),
    source,
  );
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Where a field's text stands: its attribute, or else what is changed, as for a text between tags. */
function placesOf(before: string, source: string, attribute: Stretch | null): readonly Stretch[] {
  if (attribute !== null) return [attribute];
  let moved = 0;
  return differencesOf(before, source).map(({ from, to, insert }) => {
    const start = from + moved;
    moved += insert.length - (to - from);
    return { from: start, to: start + insert.length };
  });
}

/** The errors that were not there before. */
function introduced(before: readonly Diagnostic[], after: readonly Diagnostic[]): readonly Diagnostic[] {
  const left = before.map(kindOf);
  return after.filter((each) => {
    if (each.severity !== "error") return false;
    const at = left.indexOf(kindOf(each));
    if (at !== -1) left.splice(at, 1);
    return at === -1;
  });
}

const kindOf = ({ code, message, found }: Diagnostic): string => JSON.stringify([code, message, found]);
