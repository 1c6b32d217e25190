import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject, PatchOp } from "../src/generated/protocol";
import { applyPatch } from "../src/state/patch";
import { joinPointer, overlaps, splitPointer } from "../src/state/pointer";
import { rebasePointer } from "../src/state/rebase";
import { reconcile } from "../src/state/reconcile";

const STATE: JsonObject = {
  n: 1,
  list: [{ id: 1 }, { id: 2 }, { id: 3 }],
  "a/b": { "~": 1 },
  user: { name: "Ada" },
};

interface Vector {
  readonly id: string;
  readonly pointer: string;
  readonly ops: PatchOp[];
  readonly state: JsonObject;
  readonly after: string | null;
}

const VECTORS = join(import.meta.dirname, "../../../tests/conformance/pointers.json");

test.each((JSON.parse(readFileSync(VECTORS, "utf-8")) as { cases: Vector[] }).cases)(
  "a pointer is carried as the kernel carries it: $id",
  ({ pointer, ops, state, after }) => {
    expect(rebasePointer(pointer, ops, state)).toBe(after);
  },
);

describe("a patch", () => {
  test.each<[string, PatchOp[], JsonObject]>([
    ["adds a member", [{ op: "add", path: "/m", value: 2 }], { ...STATE, m: 2 }],
    ["upserts a member", [{ op: "add", path: "/n", value: 2 }], { ...STATE, n: 2 }],
    ["takes a missing value as null", [{ op: "replace", path: "/n" }], { ...STATE, n: null }],
    [
      "inserts into a list",
      [{ op: "add", path: "/list/1", value: 9 }],
      { ...STATE, list: [{ id: 1 }, 9, { id: 2 }, { id: 3 }] },
    ],
    [
      "appends to a list",
      [{ op: "add", path: "/list/-", value: 9 }],
      { ...STATE, list: [{ id: 1 }, { id: 2 }, { id: 3 }, 9] },
    ],
    [
      "removes an item",
      [{ op: "remove", path: "/list/0" }],
      { ...STATE, list: [{ id: 2 }, { id: 3 }] },
    ],
    [
      "removes a member",
      [{ op: "remove", path: "/n" }],
      { list: STATE.list!, "a/b": { "~": 1 }, user: { name: "Ada" } },
    ],
    [
      "replaces deep inside",
      [{ op: "replace", path: "/list/2/id", value: 7 }],
      { ...STATE, list: [{ id: 1 }, { id: 2 }, { id: 7 }] },
    ],
    [
      "moves an item down",
      [{ op: "move", from: "/list/0", path: "/list/2" }],
      { ...STATE, list: [{ id: 2 }, { id: 3 }, { id: 1 }] },
    ],
    [
      "unescapes its path",
      [{ op: "replace", path: "/a~1b/~0", value: 2 }],
      { ...STATE, "a/b": { "~": 2 } },
    ],
    ["replaces the whole state", [{ op: "replace", path: "", value: { x: 1 } }], { x: 1 }],
  ])("%s", (_name, ops, expected) => {
    expect(applyPatch(STATE, ops)).toEqual(expected);
  });

  test.each<[string, PatchOp]>([
    ["a member that is not there", { op: "remove", path: "/missing" }],
    ["an item past the end", { op: "replace", path: "/list/3", value: 0 }],
    ["a list by name", { op: "add", path: "/list/x", value: 0 }],
    ["a plain value from inside", { op: "add", path: "/n/x", value: 0 }],
    ["the prototype", { op: "add", path: "/__proto__/polluted", value: 1 }],
    ["a member called __proto__", { op: "add", path: "/user/__proto__", value: { polluted: 1 } }],
    ["another list in a move", { op: "move", from: "/list/0", path: "/n" }],
    ["all of the state by remove", { op: "remove", path: "" }],
  ])("that names %s is refused", (_name, op) => {
    const frozen = structuredClone(STATE);
    expect(() => applyPatch(STATE, [op])).toThrow();
    expect(STATE).toEqual(frozen);
  });

  test("shares everything that it does not change", () => {
    const next = applyPatch(STATE, [{ op: "replace", path: "/list/1/id", value: 5 }]);
    const [before, after] = [STATE.list as object[], next.list as object[]];
    expect([after[0] === before[0], after[1] === before[1], after[2] === before[2]]).toEqual([
      true,
      false,
      true,
    ]);
    expect(next.user).toBe(STATE.user);
  });
});

test("a pointer survives being split and joined", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (parts) => {
      expect(splitPointer(joinPointer(parts))).toEqual(parts);
    }),
  );
});

test("pointers overlap when one leads into the other", () => {
  expect([
    overlaps("/a", "/a/b"),
    overlaps("/a/b", "/a"),
    overlaps("/a", "/a"),
    overlaps("/a", "/ab"),
  ]).toEqual([true, true, true, false]);
});

test("reconciling gives an equal value that shares every equal part", () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (before, after) => {
      const copy = structuredClone(after);
      expect(reconcile(before as never, copy as never)).toEqual(after);
      const previous = structuredClone(after);
      expect(reconcile(previous as never, copy as never)).toBe(previous);
    }),
  );
});
