/**
 * A filter for the comparison with the server: each line of standard input is a list of
 * lists of stream events as JSON, each line of standard output the tree after each list.
 */
import { createInterface } from "node:readline";
import type { StreamEvent } from "../../src/generated/protocol";
import { Fold } from "../../src/model/fold";

for await (const line of createInterface({ input: process.stdin })) {
  const fold = new Fold();
  const trees = (JSON.parse(line) as StreamEvent[][]).map((events) => {
    for (const event of events) fold.add(event);
    return fold.tree();
  });
  process.stdout.write(`${JSON.stringify(trees)}\n`);
}
