// @requirement ui.client
// @requirement ker.ws
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { stateHash } from "../src/client/hash";
import type { ClientMessage, Result, ServerMessage } from "../src/generated/protocol";
import { messagePack, NexusClient, type PanelStore } from "../src/index";
import { FakeKernel } from "../src/testing";
import { el, panel } from "./support/parse";

const AST = panel(el("Text", { content: "{$state.n}" }));

let kernel: FakeKernel;
let client: NexusClient;
let store: PanelStore;

const tick = (ms = 0): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);
const sent = (type: ClientMessage["type"]): ClientMessage[] =>
  kernel.connections.flatMap((c) => c.sent).filter((m) => m.type === type);
const push = (message: ServerMessage): void => kernel.connection.push(message);
const idOf = (message: ClientMessage | undefined): string =>
  (message as { readonly requestId: string }).requestId;
const RESULT: Omit<Result, "requestId"> = { type: "RESULT", panelId: "p", ok: true, rev: 1 };

beforeEach(async () => {
  vi.useFakeTimers();
  kernel = new FakeKernel();
  kernel.addPanel("p", AST, { n: 0 });
  client = new NexusClient({
    workspaceId: "w",
    url: "http://kernel.test",
    createSocket: kernel.createSocket,
  });
  client.connect();
  store = client.panel("p");
  store.subscribe(() => undefined);
  await tick();
});

afterEach(() => {
  client.close();
  vi.useRealTimers();
});

describe("a panel's copy", () => {
  const patch = (value: number, hash: string): ServerMessage => ({
    type: "PATCH",
    panelId: "p",
    rev: 1,
    ops: [{ op: "replace", path: "/n", value }],
    hash,
  });

  test("with the kernel's hash is kept", () => {
    push(patch(5, stateHash({ n: 5 })));
    expect(store.getSnapshot().state).toEqual({ n: 5 });
    expect(sent("SUBSCRIBE")).toHaveLength(1);
  });

  test("with another hash than the kernel's is asked for anew, whole", () => {
    push(patch(5, stateHash({ n: 6 })));
    expect(sent("SUBSCRIBE").slice(1)).toEqual([{ type: "SUBSCRIBE", panelId: "p" }]);
    expect(store.getSnapshot()).toMatchObject({ state: { n: 0 }, rev: 0, status: "live" });
  });
});

describe("undo and redo", () => {
  test("are requests that go out again after a break with the same id", async () => {
    const done = [store.undo(), store.undo(3), store.redo()];
    const first = [...sent("UNDO"), ...sent("REDO")];
    kernel.connection.drop();
    await tick(200);
    const again = kernel.connection.sent.filter(({ type }) => type === "UNDO" || type === "REDO");
    expect(again).toEqual(first);
    for (const message of first) push({ ...RESULT, requestId: idOf(message) });
    expect((await Promise.all(done)).map(({ rev }) => rev)).toEqual([1, 1, 1]);
    expect(first).toMatchObject([{ type: "UNDO" }, { type: "UNDO", rev: 3 }, { type: "REDO" }]);
  });
});

describe("what a handler does to the view", () => {
  test("is told to those who listen to the panel", () => {
    const heard: unknown[] = [];
    store.onView(({ commands }) => heard.push(...commands));
    const command = { id: "name", method: "focus", args: [] };
    push({ type: "VIEW", panelId: "p", commands: [command] });
    expect(heard).toEqual([command]);
  });
});

describe("who is present", () => {
  const here: ServerMessage = {
    type: "PRESENCE",
    people: [{ id: "a", name: "Ann", panels: ["p"] }],
    count: 1,
  };

  test("is asked for while somebody listens, and again after a break", async () => {
    const stop = client.presence.subscribe(() => undefined);
    push(here);
    expect(client.presence.getSnapshot()).toEqual(here);
    kernel.connection.drop();
    expect(client.presence.getSnapshot()).toBeNull();
    await tick(200);
    stop();
    stop();
    expect(sent("WHO")).toEqual([
      { type: "WHO", follow: true },
      { type: "WHO", follow: true },
      { type: "WHO", follow: false },
    ]);
  });

  test("is not asked for when nobody listens", () => {
    expect(sent("WHO")).toEqual([]);
  });
});

describe("another branch", () => {
  test("is told, and what was not there before is asked for again", () => {
    const heard: unknown[] = [];
    client.onBranch((told) => heard.push(told));
    push({ type: "ERROR", code: "NOT_FOUND", message: "it runs no more", panelId: "p" });
    expect(store.getSnapshot().status).toBe("error");
    push({ type: "BRANCH", branch: "main", by: "Ann" });
    expect(store.getSnapshot()).toMatchObject({ status: "live", error: null });
    expect(heard).toEqual([{ type: "BRANCH", branch: "main", by: "Ann" }]);
  });
});

describe("a request that the kernel could not take in", () => {
  const refuse = (): void => {
    const requestId = idOf(sent("REDO").at(-1));
    push({ type: "ERROR", code: "UNAVAILABLE", message: "not now", requestId, retryAfter: 2 });
  };

  test("is made again with the same id when it may be", async () => {
    const done = store.redo();
    refuse();
    await tick(1_900);
    expect(sent("REDO")).toHaveLength(1);
    await tick(200);
    expect(sent("REDO")).toEqual([sent("REDO")[0], sent("REDO")[0]]);
    push({ ...RESULT, requestId: idOf(sent("REDO")[0]) });
    expect((await done).ok).toBe(true);
  });

  test("fails when it has been made often enough", async () => {
    const done = store.redo();
    for (let tries = 0; tries < 6; tries += 1) {
      refuse();
      await tick(2_000);
    }
    expect((await done).error).toEqual({ code: "UNAVAILABLE", message: "not now" });
    expect(sent("REDO")).toHaveLength(6);
  });
});

describe("a panel that could not be subscribed for the moment", () => {
  test("is asked for again from the revision that is there", async () => {
    push({ type: "ERROR", code: "UNAVAILABLE", message: "not now", panelId: "p" });
    await tick(900);
    expect(sent("SUBSCRIBE")).toHaveLength(1);
    await tick(200);
    expect(sent("SUBSCRIBE")[1]).toMatchObject({ panelId: "p", sinceRev: 0 });
  });
});

describe("another spelling", () => {
  /** Bytes of JSON in the place of a library's. */
  const bytes = messagePack({
    encode: (value) => new TextEncoder().encode(JSON.stringify(value)),
    decode: (frame) => JSON.parse(new TextDecoder().decode(frame)) as unknown,
  });

  test("is asked for by its subprotocol, and everything goes through it", async () => {
    const frames: unknown[] = [];
    const createSocket = vi.fn(() => {
      const socket = kernel.createSocket();
      kernel.greeting = { ...kernel.greeting, protocol: "nexus.v1.msgpack" };
      const deliver = (data: unknown): void =>
        other.onmessage?.({ data: new TextEncoder().encode(data as string).buffer });
      socket.onmessage = ({ data }) => deliver(data);
      const other = {
        onopen: null,
        onmessage: null as ((event: { readonly data: unknown }) => void) | null,
        onclose: null,
        send: (frame: unknown) => {
          frames.push(frame);
          socket.send(new TextDecoder().decode(frame as Uint8Array));
        },
        close: () => socket.close(),
      };
      return other;
    });
    const packed = new NexusClient({
      workspaceId: "w",
      url: "http://kernel.test",
      createSocket,
      codec: bytes,
    });
    packed.connect();
    packed.panel("p").subscribe(() => undefined);
    await tick();
    expect(createSocket).toHaveBeenCalledWith("ws://kernel.test/ws/w", "nexus.v1.msgpack");
    expect(packed.panel("p").getSnapshot()).toMatchObject({ state: { n: 0 }, status: "live" });
    expect(frames).toEqual([expect.any(Uint8Array)]);
    packed.close();
  });

  test("takes no frame of the other kind", () => {
    expect(bytes.decode("{}")).toBeNull();
  });
});
