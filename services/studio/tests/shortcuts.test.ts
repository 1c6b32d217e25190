import { expect, test } from "vitest";

import { isPress } from "../src/app/shortcuts.ts";

const press = (key: string, held: Partial<Record<"ctrlKey" | "metaKey" | "altKey", boolean>> = {}) => ({
  key, ctrlKey: false, metaKey: false, altKey: false, ...held,
});

test("Mod is Ctrl, and Command on a Mac", () => {
  expect(isPress(press("k", { ctrlKey: true }), "Mod+K", false)).toBe(true);
  expect(isPress(press("k", { metaKey: true }), "Mod+K", true)).toBe(true);
  expect(isPress(press("k", { ctrlKey: true }), "Mod+K", true)).toBe(false);
});

test("a key alone is not the shortcut", () => {
  expect(isPress(press("k"), "Mod+K", false)).toBe(false);
});

test("a bare key with a modifier held is another key", () => {
  expect(isPress(press("?"), "?", false)).toBe(true);
  expect(isPress(press("?", { altKey: true }), "?", false)).toBe(false);
});
