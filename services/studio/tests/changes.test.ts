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
  ["nothing has happened", log(), false, false],
  ["a change can be undone", log("change"), true, false],
  ["after an undo the one before is next, and the undo can be taken back", log("change", "change", 2), true, true],
  ["all is undone", log("change", "change", 2, 1), false, true],
  ["one of two is redone", log("change", "change", 2, 1, 4), true, true],
  ["all is redone", log("change", 1, 2), true, false],
])("%s", (_, changes, canUndo, canRedo) => {
  expect(stepsOf(changes)).toEqual({ canUndo, canRedo });
});

test("an operation reads as one line", () => {
  expect(opWords({ op: "replace", path: "/count", value: 3 })).toBe("/count = 3");
  expect(opWords({ op: "add", path: "/text", value: "x".repeat(99) })).toHaveLength(69);
});
