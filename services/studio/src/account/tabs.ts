/**
 * What the tabs of one browser share of a login: that it began or ended, and whose turn it is to
 * prolong it.
 */
import { keep, kept } from "../design/keep.ts";

export interface Tabs {
  tell(news: "in" | "out"): void;
  listen(listener: (news: "in" | "out") => void): void;
  /** Run a task while no other tab runs one. */
  oneAtATime<Result>(task: () => Promise<Result>): Promise<Result>;
  /** Begin anew with an empty memory. */
  reload(): void;
}

const NAME = "nexus.session";
/** When a page began to prolong the login; gone when it has heard how that ended. */
const BEGUN = "nexus.session.begun";
/** What an answer gets to arrive whose page is gone, in milliseconds. */
const GRACE = 1500;

export function browserTabs(): Tabs {
  const channel = new BroadcastChannel(NAME);
  return {
    tell: (news) => channel.postMessage(news),
    listen(listener) {
      channel.onmessage = ({ data }) => {
        if (data === "in" || data === "out") listener(data);
      };
    },
    oneAtATime: (task) => (navigator.locks ? navigator.locks.request(NAME, () => noted(task)) : noted(task)),
    reload: () => location.reload(),
  };
}

async function noted<Result>(task: () => Promise<Result>): Promise<Result> {
  const left = Number(kept(BEGUN) ?? 0) + GRACE - Date.now();
  if (left > 0 && left <= GRACE) await new Promise((resolve) => setTimeout(resolve, left));
  keep(BEGUN, String(Date.now()));
  try {
    return await task();
  } finally {
    keep(BEGUN, null);
  }
}
