/**
 * A filter for the differential fuzz: each line of standard input is `{trees, state}` as JSON, each
 * line of standard output the outcomes of those trees.
 */
import { createInterface } from "node:readline";
import type { Expression } from "../../src/generated/protocol";
import { outcomeOf, type State } from "./outcome";

for await (const line of createInterface({ input: process.stdin })) {
  const { trees, state } = JSON.parse(line) as { trees: Expression[]; state: State };
  process.stdout.write(`${JSON.stringify(trees.map((tree) => outcomeOf(tree, state)))}\n`);
}
