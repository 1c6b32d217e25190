import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [react()],
  build: {
    lib: {
      entry: { index: "src/index.ts", testing: "src/testing.ts", styles: "src/styles/index.css" },
      formats: ["es"],
    },
    cssCodeSplit: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    sourcemap: true,
    rolldownOptions: {
      external: [/^react($|\/)/, /^react-dom($|\/)/, /^recharts($|\/)/, /^markdown-it($|\/)/],
      // A module each, so that who imports the client alone gets no component.
      output: {
        preserveModules: true,
        preserveModulesRoot: "src",
        entryFileNames: "[name].js",
        assetFileNames: "[name][extname]",
      },
    },
  },
  test: {
    environment: "happy-dom",
    include: ["tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    // Some draw thousands of rows: no time that a busy machine could miss.
    testTimeout: 60_000,
  },
});
