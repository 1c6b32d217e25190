import { describe, expect, test } from "vitest";

import type { EventMessage } from "nexus-renderer";

import { announcementsOf } from "../src/history/announcements.ts";
import { branchName, inOrder, panelPutAside } from "../src/history/branch.ts";

describe("a branch", () => {
  const branch = (name: string, checkedOut = false) => ({ name, head: "", checkedOut });

  test("of a save that was put aside tells its panel", () => {
    expect(panelPutAside("conflicts/to-do-1a2b3c4d")).toBe("to-do");
    expect(panelPutAside("ideas/to-do")).toBeNull();
  });

  test("is called as git takes it", () => {
    expect(branchName("  bigger  buttons ")).toBe("bigger-buttons");
  });

  test("that panels run from comes first, what was put aside last", () => {
    const branches = [branch("conflicts/p-00000000"), branch("b"), branch("main", true), branch("a")];
    expect(inOrder(branches).map(({ name }) => name)).toEqual(["main", "a", "b", "conflicts/p-00000000"]);
  });
});

describe("announcements", () => {
  /** Hears what is announced when a client is told each of these. */
  function announced(...told: readonly ({ branch?: string; by?: string } | EventMessage)[]) {
    const heard: unknown[] = [];
    const source = announcementsOf({
      onEvent: (listener) => {
        for (const each of told) if ("name" in each) listener(each);
        return () => heard.push("stopped");
      },
      onBranch: (listener) => {
        for (const each of told) if (!("name" in each)) listener({ type: "BRANCH", ...each });
        return () => heard.push("stopped");
      },
    });
    source.onEvent(({ name, payload }) => heard.push([name, payload]))();
    return heard;
  }

  test("are the events of panels", () => {
    const event = { type: "EVENT", panelId: "p", name: "toast", payload: "hi" } as const;
    expect(announced(event)).toEqual([["toast", "hi"], "stopped", "stopped"]);
  });

  test("say which branch it is now, and who switched", () => {
    expect(announced({ branch: "idea" }, { branch: "idea", by: "Ann" }, {})).toEqual([
      ["toast", { text: "Panels run from the branch idea now.", level: "info" }],
      ["toast", { text: "Ann switched to the branch idea.", level: "info" }],
      ["toast", { text: "No branch is checked out. Nothing can be saved until one is.", level: "warn" }],
      "stopped",
      "stopped",
    ]);
  });
});
