// Compile templates with Vue's compiler and time it: one JSON request a line, one answer a line.
//
//   {"template": "…", "runs": 20}  →  {"parse": [ms, …], "compile": [ms, …], "bytes": n}
//
// Expressions are parsed and checked as Vue's own build does it (`prefixIdentifiers`).
import { compile, parse } from "@vue/compiler-dom";
import { createInterface } from "node:readline";

const OPTIONS = { mode: "module", prefixIdentifiers: true };

function times(runs, work) {
  return Array.from({ length: runs }, () => {
    const began = performance.now();
    work();
    return performance.now() - began;
  });
}

for await (const line of createInterface({ input: process.stdin })) {
  const { template, runs } = JSON.parse(line);
  const answer = {
    parse: times(runs, () => parse(template, OPTIONS)),
    compile: times(runs, () => compile(template, OPTIONS)),
    bytes: compile(template, OPTIONS).code.length,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
