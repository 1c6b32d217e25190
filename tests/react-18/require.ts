/** Gives the React of this folder to libraries that ask Node for it, whom no alias reaches. */
import Module, { createRequire } from "node:module";

type Resolve = (request: string, ...rest: unknown[]) => string;

const here = createRequire(import.meta.url);
const node = Module as unknown as { _resolveFilename: Resolve };
const resolve = node._resolveFilename;
node._resolveFilename = (request, ...rest) =>
  /^react(?:-dom)?(?:$|\/)/.test(request)
    ? resolve(here.resolve(`./node_modules/${request}`), ...rest)
    : resolve(request, ...rest);
