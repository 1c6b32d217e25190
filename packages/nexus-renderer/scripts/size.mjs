/** Prints what the built library adds to an app, and fails when it is more than promised. */
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const DIST = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist");
const PEERS = /^(?:react|react-dom)(?:$|\/)/;
const LIBRARIES = /^(?:recharts|markdown-it)(?:$|\/)/;

/** Limits in kB, gzipped: what an app loads at once that imports these. */
const APPS = [
  { name: "everything, without charts and Markdown", imports: "*", limit: 60 },
  { name: "NexusClient alone", imports: "{ NexusClient }", limit: 8 },
];

/** @param {string | Uint8Array} text */
const kilobytes = (text) => gzipSync(text).length / 1024;

/**
 * What an app with these imports loads at once, and whether React is in it.
 * @param {string} imports
 */
async function app(imports) {
  const entry = "\0app";
  const result = await build({
    configFile: false,
    logLevel: "error",
    plugins: [
      {
        name: "app",
        resolveId: (id) => (id === "app" ? entry : undefined),
        load: (id) =>
          id === entry ? `export ${imports} from ${JSON.stringify(join(DIST, "index.js"))}` : undefined,
      },
    ],
    build: {
      write: false,
      minify: true,
      target: "es2022",
      rolldownOptions: {
        input: "app",
        external: [PEERS, LIBRARIES],
        preserveEntrySignatures: "strict",
      },
    },
  });
  const { output } = /** @type {import("vite").Rolldown.RolldownOutput} */ (result);
  const chunks = output.filter((each) => each.type === "chunk");
  const named = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const wanted = chunks.filter((chunk) => chunk.isEntry);
  // What a chunk imports at once comes with it; what it imports later does not.
  for (const chunk of wanted)
    for (const name of chunk.imports) {
      const other = named.get(name);
      if (other && !wanted.includes(other)) wanted.push(other);
    }
  return {
    weight: kilobytes(wanted.map((chunk) => chunk.code).join("\n")),
    others: wanted.flatMap((chunk) => chunk.imports).filter((name) => !named.has(name)),
  };
}

for (const { name, imports, limit } of APPS) {
  const { weight, others } = await app(imports);
  console.log(`${name}: ${weight.toFixed(1)} of ${limit} kB gzipped, beside ${[...new Set(others)].sort().join(", ") || "nothing"}`);
  const isTooMuch = weight > limit || others.some((other) => LIBRARIES.test(other));
  if (isTooMuch || (imports !== "*" && others.length > 0)) process.exitCode = 1;
}
console.log(`styles.css: ${kilobytes(readFileSync(join(DIST, "styles.css"))).toFixed(1)} kB gzipped`);
