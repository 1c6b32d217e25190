import type { PanelAst } from "nexus-renderer";
import { expect, test } from "vitest";

import { ApiError } from "../src/api/errors.ts";
import { Editing, operationOf } from "../src/properties/editing.ts";
import type { Plan } from "../src/properties/rearranging.ts";
import { hashOf } from "./fake-kernel.ts";

/** A kernel with one panel, whose edits put their NXML behind what is there; it runs what is stored. */
class OnePanel {
  source = "a";
  readonly panelId = "one";
  readonly subscribe = () => () => {};
  readonly getSnapshot = () => ({
    ...{ ast: {} as PanelAst, state: {}, rev: 0, status: "live" as const, error: null },
    sourceHash: this.shown ?? hashOf(this.source),
  });
  /** The version that is shown, where it is another than is stored. */
  shown: string | null = null;

  readonly readPanel = async () => ({ id: "one", source: this.source, sourceHash: hashOf(this.source) });
  readonly readNode = async (_: string, address: string) => ({ address, hash: `hash of ${address}` });
  readonly editPanel = async (_: string, operations: readonly unknown[], sourceHash: string) => {
    await this.savePanel(_, this.source + operations.map((each) => (each as { nxml: string }).nxml).join(""), sourceHash);
    return { id: "one", title: "One", sourceHash: hashOf(this.source), updatedAt: 0 };
  };
  readonly savePanel = async (_: string, source: string, sourceHash: string) => {
    if (sourceHash !== hashOf(this.source)) throw new ApiError("PRECONDITION_FAILED", "Another source.");
    this.source = source;
    return hashOf(source);
  };
}

const adding = (nxml: string): Plan => ({
  steps: [{ type: "Insert", spot: { inside: "View" }, nxml }],
  path: null,
  said: "",
});

test("a change is planned when those before it are done, and each is one step back and forth", async () => {
  const panel = new OnePanel();
  const editing = new Editing(panel, panel);
  await Promise.all(["b", "c"].map((name) => editing.change(({ source }) => adding(`${name}${source.length}`))));
  const seen = [panel.source];
  for (const step of [editing.undo, editing.undo, editing.undo, editing.redo, editing.redo]) {
    await step();
    seen.push(panel.source);
  }
  expect(seen).toEqual(["ab1c3", "ab1", "a", "a", "ab1", "ab1c3"]);
  expect(editing.state.get()).toEqual({ isBusy: false, error: null, about: null, canUndo: true, canRedo: false });
});

test("nothing is taken back over what somebody else wrote, and the next change still goes", async () => {
  const panel = new OnePanel();
  const editing = new Editing(panel, panel);
  await editing.change(() => adding("b"));
  panel.source = "theirs";
  await editing.undo();
  expect([panel.source, editing.state.get().error?.message]).toEqual([
    "theirs",
    "Somebody else changed this panel meanwhile. It is shown as it is now; nothing of yours was changed in it.",
  ]);
  await editing.change(() => adding("!"));
  expect([panel.source, editing.state.get().error]).toEqual(["theirs!", null]);
});

test("a change of what is not shown any more is refused, and says which field it was", async () => {
  const panel = new OnePanel();
  panel.shown = "an older one";
  const editing = new Editing(panel, panel);
  await editing.change(() => adding("b"), undefined, "label");
  expect([panel.source, editing.state.get().about, editing.state.get().error?.code]).toEqual(["a", "label", "PRECONDITION_FAILED"]);
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
