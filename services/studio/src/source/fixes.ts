/**
 * What a quick fix changes in a text. Its edits are all told against the text that was checked,
 * so they are one change set; edits that overlap contradict each other and apply to nothing.
 */
import type { Text } from "@codemirror/state";

import type { Fix } from "../api/wire.ts";
import type { Difference } from "./difference.ts";
import { rangeOf } from "./positions.ts";

/** The changes of a fix in order of place, or null where its edits overlap. */
export function changesOf(text: Text, fix: Fix): Difference[] | null {
  const changes = fix.edits
    .map(({ loc, text: insert }) => ({ ...rangeOf(text, loc), insert }))
    .sort((one, other) => one.from - other.from || one.to - other.to);
  const overlap = changes.some((change, at) => change.from < (changes[at - 1]?.to ?? 0));
  return overlap ? null : changes;
}
