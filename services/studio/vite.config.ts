import { lezer } from "@lezer/generator/rollup";
import react from "@vitejs/plugin-react";
import { defaultClientConditions } from "vite";
import { defineConfig } from "vitest/config";

import { precompress } from "./tools/precompress.ts";

export default defineConfig({
  plugins: [lezer(), react(), precompress()],
  // The renderer's sources, not its build: one set of dependencies, one bundle.
  resolve: { conditions: ["nexus-source", ...defaultClientConditions] },
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
  },
});
