/** Prints what the built library weighs, and fails when it weighs more than promised. */
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const DIST = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const LIMIT = 60 * 1024;

// The style sheet is an entry of its own, for which the bundler leaves an empty module.
rmSync(join(DIST, "styles.js"), { force: true });
rmSync(join(DIST, "styles.js.map"), { force: true });

/** @param {string} name */
const weight = (name) => gzipSync(readFileSync(join(DIST, name))).length;
const files = readdirSync(DIST).filter((name) => /\.(?:js|css)$/.test(name));
for (const name of files)
  console.log(`${name.padEnd(24)} ${(weight(name) / 1024).toFixed(1)} kB gzipped`);

const code = files.filter((name) => name.endsWith(".js") && !/^(?:plot|prose|testing)/.test(name));
const total = code.reduce((sum, name) => sum + weight(name), 0);
console.log(`without charts, markdown and testing ${(total / 1024).toFixed(1)} of ${LIMIT / 1024} kB`);
if (total > LIMIT) process.exitCode = 1;
