/**
 * Write beside each text of the build what Brotli makes of it: the kernel serves that where a
 * browser takes it, and has no Brotli of its own.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

import type { Plugin } from "vite";

const TEXTS = /\.(js|css|svg)$/;

export function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    closeBundle() {
      for (const name of readdirSync(folder, { encoding: "utf8", recursive: true })) {
        if (TEXTS.test(name)) writeFileSync(join(folder, `${name}.br`), brotli(join(folder, name)));
      }
    },
  };
}

function brotli(path: string): Buffer {
  const text = readFileSync(path);
  return brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: text.length } });
}
