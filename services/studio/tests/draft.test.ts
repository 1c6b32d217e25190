import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { createApi } from "../src/api/client.ts";
import { bothOf, CHECK_DELAY_MS, Draft, isDirty, type OpenDraft } from "../src/source/draft.ts";
import { setFormatsOnSave } from "../src/source/formatting.ts";
import { FakeKernel, findFlaws, hashOf } from "./fake-kernel.ts";

const FIRST = "<NexusPanel>first</NexusPanel>";
const SECOND = "<NexusPanel>second</NexusPanel>";
const THEIRS = "<NexusPanel>theirs</NexusPanel>";
const FLAWED = "<NexusPanel>\n  flaw\n</NexusPanel>";

let kernel: FakeKernel;
let draft: Draft;

beforeEach(async () => {
  vi.useFakeTimers();
  kernel = new FakeKernel();
  kernel.sources.set("notes", FIRST);
  draft = new Draft(createApi("default", kernel.fetch), "notes");
  await draft.load();
});
afterEach(() => vi.useRealTimers());

function open(): OpenDraft {
  const state = draft.get();
  if (state.phase !== "open") throw new Error(`the draft is ${state.phase}`);
  return state;
}

const checks = (): number => kernel.requests.filter((line) => line === "POST /api/check").length;

test("a draft begins as the saved source, unchanged", () => {
  expect(open().text).toBe(FIRST);
  expect(isDirty(open())).toBe(false);
});

test("a source that cannot be fetched says why", async () => {
  draft = new Draft(createApi("default", kernel.fetch), "nowhere");
  await draft.load();
  expect(draft.get()).toMatchObject({ phase: "failed", error: { code: "NOT_FOUND" } });
});

test("a save writes the text and is the base of the next", async () => {
  draft.edit(SECOND);
  await draft.save();
  expect(kernel.sources.get("notes")).toBe(SECOND);
  expect(open()).toMatchObject({ save: { kind: "saved" }, base: { sourceHash: hashOf(SECOND) } });
  draft.edit(THEIRS);
  await draft.save();
  expect(kernel.sources.get("notes")).toBe(THEIRS);
});

test("what is typed while a save runs stays, and stays unsaved", async () => {
  draft.edit(SECOND);
  const saving = draft.save();
  draft.edit(`${SECOND} and more`);
  await saving;
  expect(open().text).toBe(`${SECOND} and more`);
  expect(isDirty(open())).toBe(true);
  expect(kernel.sources.get("notes")).toBe(SECOND);
});

test("a second save waits for nobody: it is ignored while one runs", async () => {
  draft.edit(SECOND);
  await Promise.all([draft.save(), draft.save()]);
  expect(kernel.requests.filter((line) => line.startsWith("PUT"))).toHaveLength(1);
});

test("a refused save keeps the text and shows the findings at their place", async () => {
  draft.edit(FLAWED);
  await draft.save();
  expect(open()).toMatchObject({
    text: FLAWED,
    save: { kind: "refused" },
    check: "done",
    findings: { text: FLAWED, diagnostics: findFlaws(FLAWED) },
  });
  expect(kernel.sources.get("notes")).toBe(FIRST);
});

test("a save over another's version is a conflict that holds theirs", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.save();
  expect(open()).toMatchObject({ text: SECOND, save: { kind: "conflict", theirs: { source: THEIRS } } });
  expect(kernel.sources.get("notes")).toBe(THEIRS);
});

test("a save that gave way to a change in the repository is a conflict that holds theirs", async () => {
  draft.edit(SECOND);
  await draft.save();
  kernel.putAside = SECOND;
  kernel.sources.set("notes", THEIRS);
  draft.edit(FIRST);
  await draft.save();
  expect(open()).toMatchObject({ text: FIRST, save: { kind: "conflict", theirs: { source: THEIRS } } });
});

test("after a conflict reloading takes theirs", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.save();
  await draft.reload();
  expect(open()).toMatchObject({ text: THEIRS, save: { kind: "idle" } });
  expect(isDirty(open())).toBe(false);
});

test("after a conflict overwriting puts mine over theirs", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.save();
  await draft.overwrite();
  expect(kernel.sources.get("notes")).toBe(SECOND);
  expect(open().save).toEqual({ kind: "saved" });
});

test("after a conflict about different lines both come together, and the next save is over theirs", async () => {
  kernel.sources.set("notes", "one\ntwo\nthree\n");
  await draft.load();
  draft.edit("one\ntwo\nthree!\n");
  kernel.sources.set("notes", "one!\ntwo\nthree\n");
  await draft.save();
  draft.takeBoth();
  expect(open()).toMatchObject({ text: "one!\ntwo\nthree!\n", load: { by: "others" }, save: { kind: "idle" } });
  await draft.save();
  expect(kernel.sources.get("notes")).toBe("one!\ntwo\nthree!\n");
});

test("after a conflict about the same line, or over a save that gave way, nothing is put together", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.save();
  draft.takeBoth();
  expect([bothOf(open()), open().text, open().save.kind]).toEqual([null, SECOND, "conflict"]);
  await draft.overwrite();
  kernel.putAside = SECOND;
  kernel.sources.set("notes", `${SECOND}\n\nmore`);
  draft.edit(`more\n\n${SECOND}`);
  await draft.save();
  expect([bothOf(open()), open().save]).toMatchObject([null, { kind: "conflict", gaveWay: true }]);
});

test("overwriting a version that changed once more is a conflict again", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.save();
  kernel.sources.set("notes", `${THEIRS} again`);
  await draft.overwrite();
  expect(open().save).toMatchObject({ kind: "conflict", theirs: { source: `${THEIRS} again` } });
});

test("a save that reaches nobody keeps the text and can be tried again", async () => {
  draft.edit(SECOND);
  kernel.isReachable = false;
  await draft.save();
  expect(open()).toMatchObject({ text: SECOND, save: { kind: "failed", error: { code: "UNREACHABLE" } } });
  kernel.isReachable = true;
  await draft.save();
  expect(kernel.sources.get("notes")).toBe(SECOND);
});

test("an unchanged draft follows a version saved elsewhere", async () => {
  kernel.sources.set("notes", THEIRS);
  await draft.noticeVersion(hashOf(THEIRS));
  expect(open()).toMatchObject({ text: THEIRS, save: { kind: "idle" } });
});

test("a changed draft keeps its text when a version is saved elsewhere, and says so", async () => {
  draft.edit(SECOND);
  kernel.sources.set("notes", THEIRS);
  await draft.noticeVersion(hashOf(THEIRS));
  expect(open()).toMatchObject({ text: SECOND, save: { kind: "conflict" } });
});

test("the version that a save of one's own made is nobody else's", async () => {
  draft.edit(SECOND);
  await draft.save();
  const before = kernel.requests.length;
  await draft.noticeVersion(hashOf(SECOND));
  expect(kernel.requests).toHaveLength(before);
});

test("a version that is noticed while one of one's own is written is looked at afterwards", async () => {
  const writing = draft.put(SECOND, "design");
  await draft.noticeVersion(hashOf(FIRST));
  expect(open().text).toBe(FIRST);
  kernel.sources.set("notes", FIRST);
  await writing;
  kernel.sources.set("notes", THEIRS);
  await draft.noticeVersion(hashOf(THEIRS));
  expect(open()).toMatchObject({ text: THEIRS, base: { source: THEIRS }, load: { by: "others" } });
});

test("what is typed while the design writes stays, beside what it wrote", async () => {
  const writing = draft.put(SECOND, "design");
  draft.edit(THEIRS);
  await writing;
  expect(open()).toMatchObject({ text: THEIRS, save: { kind: "conflict", theirs: { source: SECOND } } });
});

test("the text is checked once, after a pause in typing", async () => {
  await vi.runAllTimersAsync();
  const before = checks();
  for (const end of ["a", "ab", "abc"]) {
    draft.edit(FIRST + end);
    await vi.advanceTimersByTimeAsync(CHECK_DELAY_MS / 2);
  }
  expect(checks()).toBe(before);
  await vi.advanceTimersByTimeAsync(CHECK_DELAY_MS);
  expect(checks()).toBe(before + 1);
  expect(open()).toMatchObject({ check: "done", findings: { text: `${FIRST}abc`, diagnostics: [] } });
});

test("findings say which text they are about", async () => {
  draft.edit(FLAWED);
  await vi.runAllTimersAsync();
  expect(open().findings).toEqual({ text: FLAWED, diagnostics: findFlaws(FLAWED) });
});

test("a check that reaches nobody leaves the last findings and says so", async () => {
  draft.edit(FLAWED);
  await vi.runAllTimersAsync();
  kernel.isReachable = false;
  draft.edit(`${FLAWED} `);
  await vi.runAllTimersAsync();
  expect(open()).toMatchObject({ check: "unavailable", findings: { text: FLAWED } });
});

test("a source with carriage returns is not changed by being opened", async () => {
  kernel.sources.set("windows", "<NexusPanel>\r\n</NexusPanel>\r\n");
  draft = new Draft(createApi("default", kernel.fetch), "windows");
  await draft.load();
  expect(open().text).toBe("<NexusPanel>\n</NexusPanel>\n");
  expect(isDirty(open())).toBe(false);
});

test("a save lays the text out first", async () => {
  draft.edit("<NexusPanel>  second</NexusPanel>");
  await draft.save();
  expect(kernel.sources.get("notes")).toBe("<NexusPanel> second</NexusPanel>");
  expect(open()).toMatchObject({ text: "<NexusPanel> second</NexusPanel>", load: { by: "layout" } });
  expect(isDirty(open())).toBe(false);
});

test("what is typed while the text is laid out is not touched", async () => {
  draft.edit("<NexusPanel>  second</NexusPanel>");
  const formatting = draft.format();
  draft.edit("<NexusPanel>  second and more</NexusPanel>");
  await formatting;
  expect(open().text).toBe("<NexusPanel>  second and more</NexusPanel>");
});

test("whoever lays out by hand saves as it was written", async () => {
  setFormatsOnSave(false);
  draft.edit("<NexusPanel>  second</NexusPanel>");
  await draft.save();
  setFormatsOnSave(true);
  expect(kernel.sources.get("notes")).toBe("<NexusPanel>  second</NexusPanel>");
});

test("a source that was laid out by hand is saved as it was written", async () => {
  kernel.sources.set("notes", "<NexusPanel>  first</NexusPanel>");
  await draft.load();
  draft.edit("<NexusPanel>  second</NexusPanel>");
  await draft.save();
  expect(kernel.sources.get("notes")).toBe("<NexusPanel>  second</NexusPanel>");
});
