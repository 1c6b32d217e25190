import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { SessionState } from "../src/account/session.ts";
import type { AccountsApi } from "../src/api/accounts.ts";
import { hasToured, noteTour, placeOfChange } from "../src/tour/tour.ts";

const storage = new Map<string, string>();

beforeEach(() => {
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => storage.get(key) ?? null,
    setItem: (key: string, value: string) => storage.set(key, value),
  });
});

afterEach(() => {
  storage.clear();
  vi.unstubAllGlobals();
});

const person = (id: string, touredAt?: number): SessionState => ({
  phase: "in",
  user: { id, name: id, ...(touredAt === undefined ? {} : { touredAt }) },
});

test("the kernel is told of whoever signs in, and nobody else of this browser counts", () => {
  const noteTourThere = vi.fn(async () => undefined);
  noteTour(person("ann"), { noteTour: noteTourThere } as unknown as AccountsApi);
  expect(noteTourThere).toHaveBeenCalledOnce();
  expect([hasToured(person("ann")), hasToured(person("ben")), hasToured({ phase: "open" })]).toEqual([
    true,
    false,
    false,
  ]);
});

test("who took the tour elsewhere is not asked here", () => {
  expect(hasToured(person("ann", 12.5))).toBe(true);
});

test("the place of a change is where the first new thing stands", () => {
  expect(placeOfChange("a\n  b c\n", "a\n  b cd\n")).toEqual({ line: 2, column: 6, endLine: 2, endColumn: 6 });
  expect(placeOfChange("same", "same")).toBeNull();
});
