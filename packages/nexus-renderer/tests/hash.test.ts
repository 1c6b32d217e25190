// @requirement ui.client
// @requirement ker.ws
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { canonical, stateHash } from "../src/client/hash";
import { sha256 } from "../src/client/sha256";
import type { JsonObject } from "../src/generated/protocol";

interface Vector {
  readonly id: string;
  readonly json: string;
  readonly canonical: string;
  readonly hash: string;
}

const PATH = join(import.meta.dirname, "../../../tests/conformance/hashes.json");
const VECTORS = (JSON.parse(readFileSync(PATH, "utf-8")) as { cases: Vector[] }).cases;

describe("a state", () => {
  test.each(VECTORS)("is printed and hashed as in the kernel: $id", (vector) => {
    const state = JSON.parse(vector.json) as JsonObject;
    expect(canonical(state)).toBe(vector.canonical);
    expect(stateHash(state)).toBe(vector.hash);
  });

  test("reads as the same after it was printed", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ unit: "grapheme" }), fc.jsonValue()), (state) => {
        const text = canonical(state as JsonObject);
        expect(canonical(JSON.parse(text) as JsonObject)).toBe(text);
      }),
    );
  });
});

describe("sha256", () => {
  test("is that of the platform, for texts of every length around a block", () => {
    const texts = Array.from(
      { length: 200 },
      (_, length) => "é".repeat(length / 2) + "x".repeat(length % 2),
    );
    const expected = texts.map((text) => createHash("sha256").update(text).digest("hex"));
    expect(texts.map(sha256)).toEqual(expected);
  });

  test("is that of the platform, for any text", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 500 }), (text) => {
        expect(sha256(text)).toBe(createHash("sha256").update(text).digest("hex"));
      }),
    );
  });
});
