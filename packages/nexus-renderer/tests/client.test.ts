// @requirement lang.catalogue
// @requirement ui.client
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { NexusClient, type PanelStore } from "../src/index";
import type { ClientMessage, JsonObject, PatchOp, Result } from "../src/generated/protocol";
import { FakeKernel, type ToolHandler } from "../src/testing";
import { el, panel } from "./support/parse";

const AST = panel(el("Text", { content: "{$state.n}" }));
const TOOLS: Record<string, ToolHandler> = {
  add: (args, state) => [
    { op: "add", path: "/n", value: (state.n as number) + ((args as { by?: number }).by ?? 1) },
  ],
  keep: (_args, state) => [
    { op: "add", path: "/kept/-", value: state.draft as string },
    { op: "replace", path: "/draft", value: "" },
  ],
  fail: () => {
    throw new Error("no");
  },
};

let kernel: FakeKernel;
let client: NexusClient;
let store: PanelStore;

const tick = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const sent = <T extends ClientMessage["type"]>(type: T): Extract<ClientMessage, { type: T }>[] =>
  kernel.connections.flatMap((c) => c.sent).filter((m) => m.type === type) as never;
const values = (): unknown[] => sent("SET").map((message) => message.value);

async function open(state = {}): Promise<void> {
  kernel.addPanel("p", AST, { n: 0, draft: "", kept: [], ...state });
  client.connect();
  store = client.panel("p");
  store.subscribe(() => undefined);
  await tick();
}

/** A kernel, and a client that is not connected yet. */
function begin(): void {
  kernel = new FakeKernel(TOOLS);
  client = new NexusClient({
    workspaceId: "w",
    url: "http://kernel.test",
    createSocket: kernel.createSocket,
  });
}

beforeEach(() => {
  vi.useFakeTimers();
  begin();
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

describe("a client", () => {
  test("asks for the panel that somebody looks at and shows it", async () => {
    await open();
    const { ast, state, rev, status } = store.getSnapshot();
    expect({ ast, state, rev, status }).toEqual({
      ast: AST,
      state: { n: 0, draft: "", kept: [] },
      rev: 0,
      status: "live",
    });
    expect(sent("SUBSCRIBE")).toEqual([{ type: "SUBSCRIBE", panelId: "p" }]);
  });

  test("connects to the workspace's socket with the subprotocol", async () => {
    const createSocket = vi.fn(kernel.createSocket);
    new NexusClient({ workspaceId: "a b", url: "https://kernel.test/x?y", createSocket }).connect();
    expect(createSocket).toHaveBeenCalledWith("wss://kernel.test/ws/a%20b", "nexus.v1");
  });

  test("refuses a kernel whose catalogue is another, and does not come back", async () => {
    kernel.greeting = { ...kernel.greeting, catalogueHash: "0123456789abcdef" };
    await open();
    await tick(60_000);
    expect(client.status.getSnapshot()).toMatchObject({
      phase: "refused",
      error: expect.stringContaining("0123456789abcdef"),
    });
    expect(kernel.connections).toHaveLength(1);
  });

  test("comes back with growing pauses until the kernel answers", async () => {
    await open();
    kernel.immediate = false;
    const times: number[] = [];
    const began = Date.now();
    for (let i = 0; i < 4; i += 1) {
      const known = kernel.connections.length;
      kernel.connection.drop();
      while (kernel.connections.length === known) await vi.advanceTimersByTimeAsync(10);
      times.push(Date.now() - began);
    }
    const pauses = times.map((t, i) => t - (times[i - 1] ?? 0));
    expect(pauses.map((p, i) => p >= 50 * 2 ** i && p <= 100 * 2 ** i + 10)).toEqual([
      true,
      true,
      true,
      true,
    ]);
  });

  test("asks a silent kernel whether it is there and leaves it when it is not", async () => {
    await open();
    kernel.immediate = false;
    await tick(15_000);
    expect(sent("PING")).toHaveLength(1);
    await tick(10_000);
    expect(client.status.getSnapshot()).toMatchObject({
      phase: "waiting",
      error: "the kernel fell silent",
    });
  });

  test("shows why there is no such panel", async () => {
    await open();
    const other = client.panel("none");
    other.subscribe(() => undefined);
    await tick();
    expect(other.getSnapshot()).toMatchObject({ status: "error", error: { code: "NOT_FOUND" } });
  });

  test("leaves a panel that nobody looks at any more, after a while", async () => {
    kernel.addPanel("q", AST, {});
    await open();
    const stop = client.panel("q").subscribe(() => undefined);
    stop();
    client.panel("q").subscribe(() => undefined)();
    await tick(5_000);
    expect(sent("UNSUBSCRIBE").map((m) => m.panelId)).toEqual(["q"]);
  });

  test("ends what is unanswered as CANCELLED when it is closed", async () => {
    await open();
    kernel.immediate = false;
    const result = store.trigger("add");
    client.close();
    expect(await result).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
  });
});

describe("patches", () => {
  test("are applied in order and tell who listens", async () => {
    await open();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push(store.getSnapshot().state.n));
    kernel.commit("p", { op: "replace", path: "/n", value: 1 });
    kernel.commit("p", { op: "replace", path: "/n", value: 2 });
    expect(seen).toEqual([1, 2]);
  });

  test("that were missed in a break come after it, without the tree", async () => {
    await open();
    kernel.connection.drop();
    kernel.commit("p", { op: "replace", path: "/n", value: 5 });
    expect(store.getSnapshot()).toMatchObject({ status: "stale", rev: 0 });
    await tick(200);
    expect(store.getSnapshot()).toMatchObject({ status: "live", rev: 1, state: { n: 5 } });
    expect(sent("SUBSCRIBE").at(-1)).toEqual({
      type: "SUBSCRIBE",
      panelId: "p",
      sinceRev: 0,
      sourceHash: "p-1",
    });
  });

  test("with a gap before them make the client ask for what it missed", async () => {
    await open();
    kernel.connection.subscribed.clear();
    kernel.commit("p", { op: "replace", path: "/n", value: 1 });
    kernel.connection.subscribed.add("p");
    kernel.commit("p", { op: "replace", path: "/draft", value: "x" });
    expect(store.getSnapshot()).toMatchObject({ rev: 2, state: { n: 1, draft: "x" } });
  });

  test("that come twice are applied once", async () => {
    await open({ kept: [] });
    const patch = kernel.commit("p", { op: "add", path: "/kept/-", value: "a" });
    kernel.connection.push(patch);
    expect(store.getSnapshot().state.kept).toEqual(["a"]);
  });

  test("that do not fit make the client ask for the whole panel", async () => {
    await open();
    kernel.connection.push({
      type: "PATCH",
      panelId: "p",
      rev: 1,
      ops: [{ op: "remove", path: "/none" }],
      cause: { kind: "execution" },
    });
    expect(sent("SUBSCRIBE").at(-1)).toEqual({ type: "SUBSCRIBE", panelId: "p" });
    expect(store.getSnapshot().state).toEqual(kernel.state("p"));
  });
});

describe("a tool", () => {
  test("answers with its result", async () => {
    await open();
    const heard: Result[] = [];
    store.onResult((result) => heard.push(result));
    const result = await store.trigger("add", { by: 3 });
    expect(result).toMatchObject({ ok: true, rev: 1 });
    expect(heard).toEqual([result]);
    expect(store.getSnapshot().state.n).toBe(3);
  });

  test("that fails answers with its error", async () => {
    await open();
    expect(await store.trigger("fail")).toMatchObject({
      ok: false,
      error: { code: "EXECUTION_ERROR", message: "no" },
    });
  });

  test("runs once although its answer was lost in a break", async () => {
    await open();
    kernel.immediate = false;
    const result = store.trigger("add");
    kernel.connection.deliverToKernel();
    await tick();
    kernel.connection.drop();
    kernel.immediate = true;
    await tick(200);
    expect(await result).toMatchObject({ ok: true });
    expect([...kernel.runs.values()]).toEqual([1]);
    expect(sent("TRIGGER").map((m) => m.requestId)).toEqual(
      Array(2).fill(sent("TRIGGER")[0]?.requestId),
    );
    expect(store.getSnapshot().state.n).toBe(1);
  });

  test("that is run without a connection runs when it is back", async () => {
    await open();
    kernel.connection.drop();
    const result = store.trigger("add");
    await tick(200);
    expect(await result).toMatchObject({ ok: true });
  });

  test("waits while as many requests are unanswered as the kernel takes", async () => {
    kernel.greeting = {
      ...kernel.greeting,
      limits: { ...kernel.greeting.limits, pendingRequests: 2 },
    };
    await open();
    kernel.immediate = false;
    const results = [store.trigger("add"), store.trigger("add"), store.trigger("add")];
    expect(sent("TRIGGER")).toHaveLength(2);
    kernel.immediate = true;
    kernel.connection.deliver();
    await Promise.all(results);
    expect(store.getSnapshot().state.n).toBe(3);
  });

  test("asks for its end when its signal is aborted, also after a break", async () => {
    await open();
    kernel.immediate = false;
    const stop = new AbortController();
    const result = store.trigger("add", {}, { signal: stop.signal });
    stop.abort();
    const requestId = sent("TRIGGER")[0]?.requestId;
    expect(sent("CANCEL")).toEqual([{ type: "CANCEL", requestId, panelId: "p" }]);
    kernel.connection.drop();
    kernel.immediate = true;
    await tick(200);
    expect(sent("CANCEL")).toHaveLength(2);
    expect(await result).toMatchObject({ ok: true });
  });

  test("that was cancelled before it was sent is never sent", async () => {
    await open();
    kernel.connection.drop();
    const result = store.trigger("add", {}, { signal: AbortSignal.abort() });
    await tick(200);
    expect(await result).toMatchObject({ ok: false, error: { code: "CANCELLED" } });
    expect(sent("TRIGGER")).toEqual([]);
  });

  test("with more arguments than a frame takes fails without being sent", async () => {
    kernel.greeting = {
      ...kernel.greeting,
      limits: { ...kernel.greeting.limits, frameBytes: 500 },
    };
    await open();
    expect(await store.trigger("add", { text: "x".repeat(600) })).toMatchObject({
      ok: false,
      error: { code: "PAYLOAD_TOO_LARGE" },
    });
    expect(sent("TRIGGER")).toEqual([]);
  });

  test("gets what was typed before it, to the last character", async () => {
    await open();
    kernel.immediate = false;
    for (const draft of ["m", "mi", "mil", "milk"]) store.set("/draft", draft);
    const result = store.trigger("keep");
    kernel.connection.deliver();
    await tick();
    kernel.connection.deliver();
    await result;
    expect(kernel.state("p")).toMatchObject({ kept: ["milk"], draft: "" });
    expect(store.getSnapshot().state).toMatchObject({ kept: ["milk"], draft: "" });
  });
});

describe("typing", () => {
  test("shows at once and sends one write at a time, the newest next", async () => {
    await open();
    kernel.immediate = false;
    for (const draft of ["a", "ab", "abc", "abcd"]) {
      store.set("/draft", draft);
      expect(store.getSnapshot().state.draft).toBe(draft);
    }
    expect(values()).toEqual(["a"]);
    kernel.connection.deliver();
    await tick();
    kernel.connection.deliverToClient();
    expect(values()).toEqual(["a", "abcd"]);
    expect(store.getSnapshot().state.draft).toBe("abcd");
  });

  test("is not undone by the kernel's older values", async () => {
    await open();
    kernel.immediate = false;
    store.set("/draft", "a");
    store.set("/draft", "ab");
    kernel.connection.deliver();
    await tick();
    const seen: unknown[] = [];
    store.subscribe(() => seen.push(store.getSnapshot().state.draft));
    for (let i = 0; i < 3; i += 1) {
      kernel.connection.deliver();
      await tick();
    }
    expect(new Set(seen)).toEqual(new Set(["ab"]));
    expect(kernel.state("p").draft).toBe("ab");
  });

  test("gives way to a later value of the kernel once it is confirmed", async () => {
    await open();
    store.set("/draft", "mine");
    await tick();
    kernel.commit("p", { op: "replace", path: "/draft", value: "theirs" });
    expect(store.getSnapshot().state.draft).toBe("theirs");
  });

  test("that the kernel refuses goes back to what the kernel has", async () => {
    await open();
    store.set("/missing/deep", "x");
    await tick();
    const heard: Result[] = [];
    store.onResult((result) => heard.push(result));
    store.set("/n/deep", "x");
    await tick();
    expect(heard.map((result) => result.ok)).toEqual([false]);
    expect(store.getSnapshot().state).toEqual(kernel.state("p"));
  });

  test("without a connection is kept and sent when it is back", async () => {
    await open();
    kernel.connection.drop();
    for (const draft of ["a", "ab", "abc"]) store.set("/draft", draft);
    expect(store.getSnapshot().state.draft).toBe("abc");
    await tick(300);
    expect(kernel.state("p").draft).toBe("abc");
  });

  test("in places inside one another keeps its order", async () => {
    await open({ user: { name: "A" } });
    kernel.immediate = false;
    store.set("/user", { name: "B", age: 1 });
    store.set("/user/name", "C");
    for (let i = 0; i < 6; i += 1) {
      kernel.connection.deliver();
      await tick();
    }
    expect(kernel.state("p").user).toEqual({ name: "C", age: 1 });
    expect(store.getSnapshot().state.user).toEqual({ name: "C", age: 1 });
  });
});

describe("typing in rows", () => {
  const rows = [{ id: 1 }, { id: 2 }];

  test("goes with its row when others insert above it meanwhile", async () => {
    await open({ rows });
    kernel.immediate = false;
    store.set("/rows/1/text", "a");
    kernel.commit("p", { op: "add", path: "/rows/0", value: { id: 3 } });
    kernel.connection.deliverToClient();
    store.set("/rows/2/text", "ab");
    expect(store.getSnapshot().state.rows).toEqual([{ id: 3 }, { id: 1 }, { id: 2, text: "ab" }]);
    for (let i = 0; i < 3; i += 1) {
      kernel.connection.deliver();
      await tick();
    }
    expect(sent("SET").map(({ path, rev }) => [path, rev])).toEqual([
      ["/rows/1/text", 0],
      ["/rows/2/text", 1],
    ]);
    expect(kernel.state("p").rows).toEqual([{ id: 3 }, { id: 1 }, { id: 2, text: "ab" }]);
  });

  test("that is removed meanwhile is told to be lost, and hits no other", async () => {
    await open({ rows });
    kernel.immediate = false;
    const heard: Result[] = [];
    store.onResult((result) => heard.push(result));
    store.set("/rows/0/text", "a");
    kernel.commit("p", { op: "remove", path: "/rows/0" });
    kernel.connection.deliverToClient();
    expect(store.getSnapshot().state.rows).toEqual([{ id: 2 }]);
    kernel.connection.deliver();
    await tick();
    kernel.connection.deliver();
    expect(heard).toMatchObject([{ ok: false, error: { code: "CONFLICT" } }]);
    expect(kernel.state("p").rows).toEqual([{ id: 2 }]);
  });

  test("goes into a list that was written just before", async () => {
    await open({ rows });
    kernel.immediate = false;
    store.set("/rows", [{ id: 2 }, { id: 1 }]);
    store.set("/rows/0/text", "a");
    kernel.commit("p", { op: "add", path: "/rows/0", value: { id: 3 } });
    for (let i = 0; i < 6; i += 1) {
      kernel.connection.deliver();
      await tick();
      expect(store.getSnapshot().state.rows).toEqual([{ id: 2, text: "a" }, { id: 1 }]);
    }
    expect(kernel.state("p").rows).toEqual([{ id: 2, text: "a" }, { id: 1 }]);
  });
});

describe("whatever happens on the way", () => {
  const step = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({ do: fc.constant("type" as const), text: fc.string({ maxLength: 4 }) }),
    },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("add" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("other" as const), n: fc.nat(9) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("arrive" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("half" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("drop" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(400) }) },
  );

  test("both sides end equal, every tool ran once, and the last text typed is there", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        client.close();
        begin();
        await open({ others: 0 });
        kernel.immediate = false;
        let typed = "";
        let added = 0;
        for (const now of steps) {
          if (now.do === "type") store.set("/draft", (typed = now.text));
          else if (now.do === "add") void store.trigger("add", { by: ((added += 1), 1) });
          else if (now.do === "other")
            kernel.commit("p", { op: "replace", path: "/others", value: now.n });
          else if (now.do === "arrive") kernel.connection.deliver();
          else if (now.do === "half") kernel.connection.deliverToKernel();
          else if (now.do === "drop" && kernel.connection.isOpen) kernel.connection.drop();
          else if (now.do === "wait") await tick(now.ms);
          await tick();
          expect(store.getSnapshot().state.draft).toBe(typed);
        }
        for (let i = 0; i < 60; i += 1) {
          kernel.connection.deliver();
          await tick(250);
        }
        expect(store.getSnapshot().state).toEqual(kernel.state("p"));
        expect(store.getSnapshot().rev).toBe(kernel.rev("p"));
        expect(kernel.state("p")).toMatchObject({ n: added, draft: typed });
        expect([...kernel.runs.values()].every((runs) => runs === 1)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  const at = fc.nat(9);
  const rowStep = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant("type" as const), at, text: fc.string() }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant("insert" as const), at }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), at }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), at, to: at }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant("arrive" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("half" as const) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("drop" as const) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.nat(400) }) },
  );
  interface Row {
    readonly id: number;
    readonly text: string;
  }
  const rowsOf = (state: JsonObject): readonly Row[] => state.rows as unknown as readonly Row[];

  test("the last text typed into each row is in it, wherever others move the rows", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(rowStep, { maxLength: 40 }), async (steps) => {
        client.close();
        begin();
        let made = 3;
        await open({ rows: [1, 2, 3].map((id) => ({ id, text: "" })) });
        kernel.immediate = false;
        const typed = new Map<number, string>();
        const change = (op: PatchOp) => kernel.commit("p", op);
        for (const now of steps) {
          const count = rowsOf(kernel.state("p")).length;
          const shown = rowsOf(store.getSnapshot().state);
          if (now.do === "type" && shown.length > 0) {
            const index = now.at % shown.length;
            typed.set((shown[index] as Row).id, now.text);
            store.set(`/rows/${index}/text`, now.text);
          } else if (now.do === "insert") {
            const value = { id: (made += 1), text: "" };
            change({ op: "add", path: `/rows/${now.at % (count + 1)}`, value });
          } else if (now.do === "remove" && count > 0) {
            change({ op: "remove", path: `/rows/${now.at % count}` });
          } else if (now.do === "move" && count > 0) {
            const path = `/rows/${now.to % count}`;
            change({ op: "move", from: `/rows/${now.at % count}`, path });
          } else if (now.do === "arrive") kernel.connection.deliver();
          else if (now.do === "half") kernel.connection.deliverToKernel();
          else if (now.do === "drop" && kernel.connection.isOpen) kernel.connection.drop();
          else if (now.do === "wait") await tick(now.ms);
          await tick();
          for (const { id, text } of rowsOf(store.getSnapshot().state))
            expect([id, text]).toEqual([id, typed.get(id) ?? ""]);
        }
        for (let i = 0; i < 60; i += 1) {
          kernel.connection.deliver();
          await tick(250);
        }
        expect(store.getSnapshot().state).toEqual(kernel.state("p"));
        for (const { id, text } of rowsOf(kernel.state("p")))
          expect([id, text]).toEqual([id, typed.get(id) ?? ""]);
      }),
      { numRuns: 60 },
    );
  });
});
