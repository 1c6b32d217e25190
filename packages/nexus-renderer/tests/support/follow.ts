/**
 * The client in a process of its own, for the storms of `tests/chaos`.
 *
 * Each line of standard input is `{hits}`, tools to run at once, or `{reach}`, a revision to wait
 * for; each line of standard output what came of it.
 */
import { createInterface } from "node:readline";
import { NexusClient } from "../../src/client/client";
import { stateHash } from "../../src/client/hash";
import type { PanelSnapshot, PanelStore } from "../../src/client/panel-store";

type Asked = { readonly hits: number } | { readonly reach: number };

const [url, panelId, who] = process.argv.slice(2) as [string, string, string];
const client = new NexusClient({ workspaceId: "default", url });
const store = client.panel(panelId);
let changed = (): void => undefined;
store.subscribe(() => changed());
client.connect();

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line) as Asked))}\n`);
}
client.close();

async function answer(asked: Asked): Promise<unknown> {
  if ("hits" in asked) {
    const results = Array.from({ length: asked.hits }, () => store.trigger("hit", { who }));
    return Promise.all(results);
  }
  const { rev, state } = await reached(store, asked.reach);
  return { rev, hash: stateHash(state) };
}

async function reached(panel: PanelStore, rev: number): Promise<PanelSnapshot> {
  while (panel.getSnapshot().rev < rev) {
    await new Promise<void>((resolve) => {
      changed = resolve;
    });
  }
  return panel.getSnapshot();
}
