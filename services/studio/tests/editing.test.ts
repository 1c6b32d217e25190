import type { PanelAst } from "nexus-renderer";
import { expect, test } from "vitest";

import { createApi } from "../src/api/client.ts";
import { Editing, operationOf } from "../src/properties/editing.ts";
import type { Plan } from "../src/properties/rearranging.ts";
import { documentOf } from "../src/source/document.ts";
import { Draft } from "../src/source/draft.ts";
import { FakeKernel, hashOf } from "./fake-kernel.ts";

/** A panel of the kernel as a client shows it: at once what is stored, or an older version. */
class Shown {
  readonly panelId = "notes";
  readonly subscribe = () => () => {};
  older: string | null = null;

  constructor(readonly kernel: FakeKernel) {}

  readonly getSnapshot = () => ({
    ...{ ast: { view: null } as PanelAst, state: {}, rev: 0, status: "live" as const, error: null },
    sourceHash: this.older ?? hashOf(this.kernel.sources.get("notes") ?? ""),
  });
}

const holding = (...words: string[]): string => `<NexusPanel>${words.join("")}</NexusPanel>`;

async function opened() {
  const kernel = new FakeKernel();
  kernel.sources.set("notes", holding("a"));
  const api = createApi("default", kernel.fetch);
  const draft = new Draft(api, "notes");
  await draft.load();
  const document = documentOf(draft);
  const panel = new Shown(kernel);
  const editing = new Editing(api, panel, draft);
  return { kernel, draft, document, panel, editing, stored: () => kernel.sources.get("notes") };
}

const adding = (nxml: string): Plan => ({
  steps: [{ type: "Insert", spot: { inside: "View" }, nxml }],
  path: null,
  said: "",
});

test("a change is planned when those before it are done, and each is one step back and forth", async () => {
  const { editing, document, stored } = await opened();
  await Promise.all(["b", "c"].map((name) => editing.change(({ source }) => adding(`${name}${source.length}`))));
  const seen = [stored()];
  for (const way of ["back", "back", "back", "forth", "forth"] as const) {
    await editing.go(way);
    seen.push(stored());
  }
  const [none, one, both] = [holding("a"), holding("a", "b26"), holding("a", "b26", "c29")];
  expect(seen).toEqual([both, one, none, none, one, both]);
  expect(editing.state.get()).toEqual({ isBusy: false, error: null, about: null });
  expect(document.steps.get()).toEqual({ canUndo: true, canRedo: false, canGoBack: true, canGoForth: false });
});

test("what the kernel refuses to go back to leaves everything as it is, and the next change still goes", async () => {
  const { editing, document, kernel, stored } = await opened();
  await editing.change(() => adding("b"));
  const steps = document.steps.get();
  kernel.sources.set("notes", holding("theirs"));
  await editing.go("back");
  expect([stored(), editing.state.get().error?.message, document.steps.get()]).toEqual([
    holding("theirs"),
    "Somebody else changed this panel meanwhile. It is shown as it is now; nothing of yours was changed in it.",
    steps,
  ]);
  await editing.change(() => adding("!"));
  expect([stored(), editing.state.get().error]).toEqual([holding("theirs", "!"), null]);
});

test("a change of what is not shown any more is refused, and says which field it was", async () => {
  const { editing, panel, stored } = await opened();
  panel.older = "an older one";
  await editing.change(() => adding("b"), undefined, "label");
  expect([stored(), editing.state.get().about, editing.state.get().error?.code]).toEqual([
    holding("a"),
    "label",
    "PRECONDITION_FAILED",
  ]);
});

test("every operation names the hashes of its nodes", () => {
  const hash = (address: string) => `hash of ${address}`;
  expect([
    operationOf({ type: "Move", address: "a", spot: { before: "b" } }, hash),
    operationOf({ type: "Insert", spot: { inside: "b" }, nxml: "<Text/>" }, hash),
    operationOf({ type: "Set", address: "a", name: "label", text: "" }, hash),
    operationOf({ type: "Set", address: "a", name: "label", text: "{x}" }, hash),
  ]).toEqual([
    { type: "Move", address: "a", hash: "hash of a", place: { before: "b", hash: "hash of b" } },
    { type: "Insert", place: { parent: "b", hash: "hash of b" }, nxml: "<Text/>" },
    { type: "Set", address: "a", hash: "hash of a", name: "label" },
    { type: "Set", address: "a", hash: "hash of a", name: "label", value: { kind: "written", text: "{x}" } },
  ]);
});
