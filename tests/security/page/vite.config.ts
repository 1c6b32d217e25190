import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  plugins: [react()],
  // The kernel serves what is not a file as the page itself; addresses are from the root.
  base: "/",
  build: { target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false } },
});
