import { expect, test } from "vitest";

import type { Change } from "../src/api/wire.ts";
import { opWords, stepsOf } from "../src/inspect/changes.ts";

/** A log, newest first, told oldest first: a number undoes that revision, anything else is a change. */
function log(...told: readonly (number | "change")[]): Change[] {
  return told
    .map((each, at): Change => {
      const cause = each === "change" ? { kind: "binding" as const } : { kind: "undo" as const, undoes: [each] };
      return { rev: at + 1, baseRev: at, ops: [], cause, at: 0 };
    })
    .reverse();
}

test.each([
  ["nothing has happened", log(), null, null],
  ["the newest change is undone first", log("change", "change"), 2, null],
  ["after an undo the one before is next, and the undo can be taken back", log("change", "change", 2), 1, 3],
  ["two undos are redone in turn", log("change", "change", 2, 1), null, 4],
  ["a redo leaves the older undo to be redone", log("change", "change", 2, 1, 4), 1, 3],
  ["what is redone can be undone again", log("change", 1, 2), 1, null],
  ["a change after an undo ends the redoing", log("change", 1, "change"), 3, null],
])("%s", (_, changes, undo, redo) => {
  expect(stepsOf(changes)).toEqual({ undo, redo });
});

test("an operation reads as one line", () => {
  expect(opWords({ op: "replace", path: "/count", value: 3 })).toBe("/count = 3");
  expect(opWords({ op: "add", path: "/text", value: "x".repeat(99) })).toHaveLength(69);
});
