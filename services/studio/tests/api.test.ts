import { beforeEach, expect, test, vi } from "vitest";

import { type Api, createApi } from "../src/api/client.ts";
import { createDirectory } from "../src/panels/directory.ts";
import { FakeKernel, findFlaws, hashOf } from "./fake-kernel.ts";

let kernel: FakeKernel;
let api: Api;

beforeEach(() => {
  kernel = new FakeKernel();
  api = createApi("default", kernel.fetch);
});

test("all pages of the list are read", async () => {
  for (const id of ["a", "b", "c", "d", "e"]) kernel.sources.set(id, "");
  expect((await api.listPanels()).map(({ id }) => id)).toEqual(["a", "b", "c", "d", "e"]);
});

test("a refusal carries code, status, message and trace", async () => {
  await expect(api.readPanel("nowhere")).rejects.toMatchObject({
    code: "NOT_FOUND",
    status: 404,
    message: "There is no panel nowhere.",
    traceId: "4bf92f35",
  });
});

test("a refused source carries its diagnostics", async () => {
  kernel.sources.set("notes", "fine");
  await expect(api.savePanel("notes", "a flaw", hashOf("fine"))).rejects.toMatchObject({
    code: "INVALID_PANEL",
    diagnostics: findFlaws("a flaw"),
  });
});

test("an answer that is no error shape still is an error", async () => {
  api = createApi("default", () => Promise.resolve(new Response("Bad gateway", { status: 502 })));
  await expect(api.readPanel("notes")).rejects.toMatchObject({ code: "UNEXPECTED", status: 502 });
});

test("a check that was given up is told as such, not as a lost kernel", async () => {
  const given = new AbortController();
  given.abort();
  await expect(api.check("", given.signal)).rejects.toMatchObject({ name: "AbortError" });
});

test("the directory is sorted as people count", async () => {
  for (const id of ["Panel 10", "panel 2", "Äpfel"]) kernel.sources.set(id, "");
  const directory = createDirectory(api);
  await directory.refresh();
  expect(directory.get().panels.map(({ id }) => id)).toEqual(["Äpfel", "panel 2", "Panel 10"]);
});

test("a directory that was read once survives a lost kernel", async () => {
  kernel.sources.set("notes", "");
  const directory = createDirectory(api);
  await directory.refresh();
  kernel.isReachable = false;
  await directory.refresh();
  expect(directory.get()).toMatchObject({ phase: "ready", panels: [{ id: "notes" }] });
});

test("an answer that a later question overtook is not taken", async () => {
  kernel.sources.set("notes", "");
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const directory = createDirectory(
    createApi("default", async (...asked) => {
      const isEarly = kernel.requests.length < 2;
      const answer = await kernel.fetch(...asked);
      if (isEarly) await held;
      return answer;
    }),
  );
  const early = directory.refresh();
  await vi.waitFor(() => expect(kernel.requests).toHaveLength(2));
  kernel.sources.clear();
  await directory.refresh();
  release();
  await early;
  expect(directory.get()).toMatchObject({ phase: "ready", panels: [] });
});

test("what is created or removed here is in the list at once", async () => {
  const directory = createDirectory(api);
  await directory.create({ id: "notes", source: "" });
  expect(directory.get().panels.map(({ id }) => id)).toEqual(["notes"]);
  await directory.remove("notes");
  expect(directory.get().panels).toEqual([]);
});

const NOTES = '<NexusPanel title="Notes"></NexusPanel>';

test("a panel gets another title in its source", async () => {
  kernel.sources.set("notes", NOTES);
  await createDirectory(api).rename("notes", "Ideas");
  expect(kernel.sources.get("notes")).toBe(NOTES.replace("Notes", "Ideas"));
});

test("a copy has a title of its own, and the values of the other where that is wanted", async () => {
  kernel.sources.set("notes", NOTES);
  kernel.states.set("notes", { draft: "milk" });
  const directory = createDirectory(api);
  await directory.duplicate({ of: "notes", id: "full", title: "Full", withState: true });
  await directory.duplicate({ of: "notes", id: "empty", title: "Empty", withState: false });
  expect([...kernel.sources.values()]).toEqual(["Notes", "Full", "Empty"].map((title) => NOTES.replace("Notes", title)));
  expect([...kernel.states.values()]).toEqual([{ draft: "milk" }, { draft: "milk" }, {}]);
});

test("what was deleted comes back with its source and its values, once", async () => {
  kernel.sources.set("notes", NOTES);
  kernel.states.set("notes", { draft: "milk" });
  const directory = createDirectory(api);
  await directory.remove("notes");
  expect([directory.get().panels, directory.get().deleted?.title]).toEqual([[], "notes"]);
  await directory.bringBack();
  expect([kernel.sources.get("notes"), kernel.states.get("notes")]).toEqual([NOTES, { draft: "milk" }]);
  expect(directory.get()).toMatchObject({ deleted: null, panels: [{ id: "notes" }] });
});
