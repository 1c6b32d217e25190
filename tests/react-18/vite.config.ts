/** The tests of what React draws, with the oldest React that the library promises to work with. */
import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  root: here("../../packages/nexus-renderer"),
  plugins: [react()],
  resolve: {
    alias: [
      { find: /^react(?=$|\/)/, replacement: here("node_modules/react") },
      { find: /^react-dom(?=$|\/)/, replacement: here("node_modules/react-dom") },
    ],
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.tsx", here("version.test.ts")],
    setupFiles: [here("require.ts"), "tests/setup.ts"],
    testTimeout: 60_000,
    // Libraries too get the React of this folder, and not the one beside them.
    server: { deps: { inline: true } },
  },
});
