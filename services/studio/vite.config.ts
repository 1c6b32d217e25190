import { lezer } from "@lezer/generator/rollup";
import react from "@vitejs/plugin-react";
import { defaultClientConditions, defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";

import { compressed } from "./tools/compressed.ts";
import { firstLoadBudget } from "./tools/first-load.ts";

export default defineConfig({
  plugins: [lezer(), react(), firstLoadBudget(150), compressed()],
  // The renderer's sources, not its build: one set of dependencies, one bundle.
  resolve: { conditions: ["nexus-source", ...defaultClientConditions] },
  ssr: { resolve: { conditions: ["nexus-source", ...defaultServerConditions] } },
  build: {
    target: "es2023",
    // The policy allows fonts and images from here only: nothing is inlined as a data: address.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // The editor is one piece, loaded when a source is first opened.
    chunkSizeWarningLimit: 600,
  },
  server: {
    // `npm run dev` beside a running kernel.
    proxy: {
      "/api": "http://127.0.0.1:3000",
      "/ws": { target: "ws://127.0.0.1:3000", ws: true },
    },
  },
  test: {
    environment: "node",
    include: ["tests/**/*.test.ts"],
    server: { deps: { inline: ["nexus-renderer"] } },
  },
});
