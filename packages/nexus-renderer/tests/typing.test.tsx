// @requirement ui.renderer
// @requirement ui.client
/** What a person types, while the kernel answers late. */
import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PatchOp } from "../src/generated/protocol";
import { NexusClient, NexusPanel, type Socket } from "../src/index";
import { FakeKernel } from "../src/testing";
import { each, el, panel } from "./support/parse";

const KEYSTROKE = 20;
const LATENCY = 300;
const TEXT = Array.from({ length: 200 }, (_, n) => "abcdefghij"[n % 10]).join("");

const AST = panel(
  el(
    "Layout",
    {},
    el("Input", { label: "Draft", bind: "$state.draft" }),
    el("Input", { label: "Notes", bind: "$state.notes", multiline: true }),
    each("$state.rows", "row", "id", el("Input", { "aria-label": "Row {$scope.row.id}", bind: "$scope.row.title" })),
  ),
);
const STATE = { draft: "", notes: "", clock: 0, rows: [{ id: 1, title: "" }, { id: 2, title: "" }] };

let kernel: FakeKernel;
let client: NexusClient;

/** A socket whose frames take half of the latency in either direction. */
function late(): Socket {
  const inner = kernel.createSocket();
  const outer: Socket = {
    onopen: null,
    onmessage: null,
    onclose: null,
    send: (data) => void setTimeout(() => inner.send(String(data)), LATENCY / 2),
    close: () => inner.close(),
  };
  inner.onmessage = (event) => setTimeout(() => outer.onmessage?.(event), LATENCY / 2);
  return outer;
}

beforeEach(async () => {
  vi.useFakeTimers();
  kernel = new FakeKernel();
  kernel.addPanel("p", AST, STATE);
  client = new NexusClient({ workspaceId: "w", url: "http://kernel.test", createSocket: late });
  client.connect();
  render(<NexusPanel client={client} panelId="p" />);
  await pass(2 * LATENCY);
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

const pass = (milliseconds: number): Promise<void> =>
  act(async () => void (await vi.advanceTimersByTimeAsync(milliseconds)));

/** Type the text into a field, from what stands there, one keystroke after the other. */
async function type(name: string, meanwhile: (keystroke: number) => void = () => undefined) {
  const field = screen.getByLabelText<HTMLInputElement>(name);
  const shown: string[] = [];
  for (const [keystroke, character] of [...TEXT].entries()) {
    fireEvent.change(field, { target: { value: field.value + character } });
    shown.push(field.value);
    meanwhile(keystroke);
    await pass(KEYSTROKE);
  }
  return { field, shown };
}

const PREFIXES = [...TEXT].map((_, index) => TEXT.slice(0, index + 1));

describe("200 characters at 20 ms with 300 ms of latency", () => {
  test.each([
    ["a field", "Draft", () => kernel.state("p").draft],
    ["a field of several lines", "Notes", () => kernel.state("p").notes],
    ["a field of a row", "Row 2", () => (kernel.state("p").rows as typeof STATE.rows)[1]?.title],
  ])("in %s are shown at once, in order, and all arrive", async (_name, label, kept) => {
    const { field, shown } = await type(label);
    expect(shown).toEqual(PREFIXES);
    await pass(3 * LATENCY);
    expect([field.value, kept()]).toEqual([TEXT, TEXT]);
  });

  test("are not disturbed by what others change beside them", async () => {
    const { field, shown } = await type("Row 2", (keystroke) => {
      kernel.commit("p", { op: "replace", path: "/clock", value: keystroke });
      kernel.commit("p", { op: "replace", path: "/rows/0/title", value: `at ${keystroke}` });
    });
    expect(shown).toEqual(PREFIXES);
    await pass(3 * LATENCY);
    expect(field.value).toBe(TEXT);
    expect(kernel.state("p").rows).toEqual([
      { id: 1, title: "at 199" },
      { id: 2, title: TEXT },
    ]);
  });

  test("stay in their row while others insert, remove and move rows above it", async () => {
    const { field, shown } = await type("Row 2", (keystroke) => {
      const above: PatchOp = { op: "add", path: "/rows/0", value: { id: 100 + keystroke, title: "" } };
      if (keystroke % 7 === 3) kernel.commit("p", above);
      if (keystroke % 28 === 12) kernel.commit("p", { op: "remove", path: "/rows/0" });
      if (keystroke % 40 === 20) kernel.commit("p", { op: "move", from: "/rows/0", path: "/rows/2" });
    });
    expect(shown).toEqual(PREFIXES);
    await pass(3 * LATENCY);
    expect(field.value).toBe(TEXT);
    const titles = (kernel.state("p").rows as typeof STATE.rows).filter(({ title }) => title);
    expect(titles).toEqual([{ id: 2, title: TEXT }]);
  });

  test("cost a message for each time the kernel answers, not for each character", async () => {
    await type("Draft");
    await pass(3 * LATENCY);
    const writes = kernel.connection.sent.filter(({ type }) => type === "SET");
    expect(writes.length).toBeLessThanOrEqual((200 * KEYSTROKE) / LATENCY + 2);
  });
});
