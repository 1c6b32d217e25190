/**
 * Write a `.gz` beside every text asset of the build, for servers that hand out ready files.
 */
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { gzip, constants } from "node:zlib";

import type { Plugin } from "vite";

const TEXT = /\.(?:js|css|svg)$/;
const WORTH_IT_BYTES = 1024;

const compress = promisify(gzip);

export function precompress(): Plugin {
  let folder = "";
  return {
    name: "precompress",
    apply: "build",
    configResolved(config) {
      folder = resolve(config.root, config.build.outDir);
    },
    async closeBundle() {
      const names = await readdir(folder, { recursive: true });
      await Promise.all(names.filter((name) => TEXT.test(name)).map((name) => pack(join(folder, name))));
    },
  };
}

async function pack(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < WORTH_IT_BYTES) return;
  await writeFile(`${path}.gz`, await compress(content, { level: constants.Z_BEST_COMPRESSION }));
}
