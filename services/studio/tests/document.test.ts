import { beforeEach, expect, test } from "vitest";

import { createApi } from "../src/api/client.ts";
import { documentOf, type SourceDocument } from "../src/source/document.ts";
import { Draft } from "../src/source/draft.ts";
import { FakeKernel, hashOf } from "./fake-kernel.ts";

const FIRST = "<NexusPanel>\n  one\n  two\n  three\n</NexusPanel>";

let kernel: FakeKernel;
let draft: Draft;
let document: SourceDocument;

beforeEach(async () => {
  kernel = new FakeKernel();
  kernel.sources.set("notes", FIRST);
  draft = new Draft(createApi("default", kernel.fetch), "notes");
  await draft.load();
  document = documentOf(draft);
});

const text = (): string => document.state.doc.toString();
const stored = (): string | undefined => kernel.sources.get("notes");

/** Type a word in place of another, as the editor does. */
function type(word: string, instead: string): void {
  const from = text().indexOf(word);
  document.edit({ changes: { from, to: from + word.length, insert: instead }, userEvent: "input.type" });
}

async function designed(word: string, instead: string): Promise<void> {
  await draft.put(text().replace(word, instead), "design");
}

async function theirs(word: string, instead: string): Promise<void> {
  const source = (stored() ?? "").replace(word, instead);
  kernel.sources.set("notes", source);
  await draft.noticeVersion(hashOf(source));
}

test("what the design wrote is taken back in the editor, and saved when it is saved", async () => {
  await designed("one", "uno");
  document.undo();
  expect([text(), stored()]).toEqual([FIRST, FIRST.replace("one", "uno")]);
  await draft.save();
  expect(stored()).toBe(FIRST);
});

test("what was typed and saved is taken back by the design, one version after the other", async () => {
  type("one", "uno");
  type("two", "due");
  await draft.save();
  await designed("three", "tre");
  const seen = [];
  for (const way of ["back", "back", "back", "forth", "forth", "forth"] as const) {
    await document.go(way);
    expect(stored()).toBe(text());
    seen.push(text().split("\n").slice(1, -1).join("").trim());
  }
  expect(seen).toEqual([
    "uno  due  three",
    "one  two  three",
    "one  two  three",
    "uno  due  three",
    "uno  due  tre",
    "uno  due  tre",
  ]);
});

test("own steps are taken back around what others wrote", async () => {
  await designed("one", "uno");
  await theirs("three", "THREE");
  await document.go("back");
  expect(stored()).toBe(FIRST.replace("three", "THREE"));
});

test("where others wrote over something of ours the way back ends, and begins anew", async () => {
  await designed("one", "uno");
  await designed("three", "tre");
  await theirs("uno", "eins");
  expect(document.steps.get()).toEqual({ canUndo: false, canRedo: false, canGoBack: false, canGoForth: false });
  await document.go("back");
  document.undo();
  expect([text(), stored()]).toEqual(Array(2).fill(FIRST.replace("one", "eins").replace("three", "tre")));
  await designed("two", "zwei");
  await document.go("back");
  expect(stored()).toBe(FIRST.replace("one", "eins").replace("three", "tre"));
});

test("what was typed is had again after theirs was taken, and theirs is not undone by the design", async () => {
  type("one", "uno");
  kernel.sources.set("notes", FIRST.replace("one", "eins"));
  await draft.save();
  await draft.reload();
  expect(document.steps.get()).toMatchObject({ canUndo: true, canGoBack: false });
  document.undo();
  expect([text(), stored()]).toEqual([FIRST.replace("one", "uno"), FIRST.replace("one", "eins")]);
});

test("a change after steps back takes the way forth away", async () => {
  await designed("one", "uno");
  await document.go("back");
  await designed("two", "due");
  expect(document.steps.get()).toEqual({ canUndo: true, canRedo: false, canGoBack: true, canGoForth: false });
  await document.go("back");
  expect(stored()).toBe(FIRST);
});

test("what is typed and taken back again leaves nothing to save, nor another version", async () => {
  await designed("one", "uno");
  type("two", "due");
  document.undo();
  expect(draft.get()).toMatchObject({ text: stored() });
  await document.go("back");
  expect(stored()).toBe(FIRST);
});
