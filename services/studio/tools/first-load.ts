/**
 * Fail the build when what a first visit must fetch outgrows its budget: the entry and all that
 * it imports at once, compressed. What is imported later, such as the editor, does not count.
 */
import { gzipSync } from "node:zlib";

import type { Plugin, Rollup } from "vite";

export function firstLoadBudget(kilobytes: number): Plugin {
  return {
    name: "first-load-budget",
    apply: "build",
    generateBundle(_options, bundle) {
      const names = firstLoad(bundle);
      const bytes = [...names].reduce((sum, name) => sum + compressedSize(bundle[name]), 0);
      const size = `The first load is ${(bytes / 1000).toFixed(1)} kB of JavaScript, compressed`;
      if (bytes > kilobytes * 1000) this.error(`${size}; the budget is ${kilobytes} kB.`);
      this.info(`${size}.`);
    },
  };
}

/** The names of the entry chunks and of all chunks that they import statically. */
function firstLoad(bundle: Rollup.OutputBundle): Set<string> {
  const names = new Set<string>();
  const visit = (name: string): void => {
    const chunk = bundle[name];
    if (chunk?.type !== "chunk" || names.has(name)) return;
    names.add(name);
    chunk.imports.forEach(visit);
  };
  for (const [name, file] of Object.entries(bundle)) if (file.type === "chunk" && file.isEntry) visit(name);
  return names;
}

const compressedSize = (file: Rollup.OutputAsset | Rollup.OutputChunk | undefined): number =>
  file?.type === "chunk" ? gzipSync(file.code).length : 0;
