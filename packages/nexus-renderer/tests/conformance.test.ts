// @requirement lang.expressions
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { Expression } from "../src/generated/protocol";
import { outcomeOf, type State } from "./support/outcome";

interface Vector {
  readonly id: string;
  readonly expression: string;
  readonly state?: State;
  readonly value?: unknown;
  readonly error?: true;
  readonly refused?: string;
}

const FOLDER = join(import.meta.dirname, "../../../tests/conformance");
const read = (path: string): unknown => JSON.parse(readFileSync(join(FOLDER, path), "utf-8"));
const TREES = read("trees.json") as Readonly<Record<string, Expression>>;

/** What the vectors say, but for those that the parser keeps from the renderer. */
function cases(file: string): [string, Vector][] {
  const vectors = read(join("expressions", file)) as Vector[];
  return vectors.filter(({ refused }) => !refused).map((vector) => [vector.id, vector]);
}

const FILES = readdirSync(join(FOLDER, "expressions")).filter((file) => cases(file).length > 0);

describe.each(FILES)("an expression of %s", (file) => {
  test.each(cases(file))("gives what the vector says: %s", (id, vector) => {
    const { message, ...outcome } = outcomeOf(TREES[id] as Expression, vector.state ?? {}) as {
      message?: string;
    };
    const wanted = vector.error ? { error: true } : { value: vector.value };
    expect(outcome, message).toEqual(wanted);
  });
});
