import { beforeEach, expect, test, vi } from "vitest";

import { Session } from "../src/account/session.ts";
import type { Tabs } from "../src/account/tabs.ts";
import { FakeAccounts } from "./fake-accounts.ts";

let kernel: FakeAccounts;
let session: Session;
let tabs: FakeTabs;

/** The tabs of a browser with one in it; `hear` is another one. */
class FakeTabs implements Tabs {
  readonly told: string[] = [];
  reloads = 0;
  hear: (news: "in" | "out") => void = () => undefined;
  readonly tell = (news: "in" | "out") => void this.told.push(news);
  readonly listen = (listener: (news: "in" | "out") => void) => void (this.hear = listener);
  readonly oneAtATime = <Result>(task: () => Promise<Result>) => task();
  readonly reload = () => void (this.reloads += 1);
}

beforeEach(() => {
  vi.useFakeTimers();
  kernel = new FakeAccounts();
  tabs = new FakeTabs();
  session = new Session(kernel.fetch, tabs);
});

const ADA = { id: "ada", name: "Ada", email: "ada@example.org" };
const GIVEN = { email: "ada@example.org", password: "a long password" };

test("where nobody signs in nobody is asked to", async () => {
  kernel.hasAccounts = false;
  await session.start();
  expect(session.get()).toEqual({ phase: "open" });
});

test("without a login one is out", async () => {
  await session.start();
  expect(session.get()).toEqual({ phase: "out" });
});

test("a cookie of an earlier visit brings one in", async () => {
  kernel.cookie = 1;
  await session.start();
  expect(session.get()).toEqual({ phase: "in", user: ADA });
});

test("a wrong password is told, and no other login is tried", async () => {
  await session.start();
  await expect(session.logIn({ ...GIVEN, password: "wrong" })).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
  });
  expect(session.get()).toEqual({ phase: "out" });
  expect(kernel.refreshes).toBe(1);
});

test("requests that find the token over renew it once, and are asked again", async () => {
  await session.logIn(GIVEN);
  kernel.endToken();
  const answers = await Promise.all([1, 2, 3].map(() => session.fetch("/api/anything")));
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  expect(kernel.refreshes).toBe(1);
});

test("a token is renewed before it is over, and whoever listens hears of it", async () => {
  await session.logIn(GIVEN);
  const heard: string[] = [];
  session.onToken((token) => heard.push(token));
  await vi.advanceTimersByTimeAsync(450_000);
  expect(heard).toEqual([kernel.token]);
});

test("a login that has ended leaves the page with its user", async () => {
  await session.logIn(GIVEN);
  kernel.endLogin();
  expect((await session.fetch("/api/anything")).status).toBe(401);
  expect(session.get()).toEqual({ phase: "expired", user: ADA });
  await session.logIn(GIVEN);
  expect(session.get()).toEqual({ phase: "in", user: ADA });
});

test("somebody else signing in where a login has ended gets an empty page", async () => {
  await session.logIn(GIVEN);
  kernel.endLogin();
  await session.fetch("/api/anything");
  kernel.user = { id: "bob", name: "Bob", email: "bob@example.org" };
  await session.logIn(GIVEN);
  expect(tabs.reloads).toBe(1);
  expect(session.get().phase).toBe("expired");
});

test("a kernel out of reach ends no login", async () => {
  await session.logIn(GIVEN);
  kernel.endToken();
  kernel.isReachable = false;
  await expect(session.fetch("/api/anything")).rejects.toThrow();
  expect(session.get()).toEqual({ phase: "in", user: ADA });
});

test("logging out is told to the other tabs", async () => {
  await session.logIn(GIVEN);
  await session.logOut();
  expect(session.get()).toEqual({ phase: "out" });
  expect(tabs.told).toEqual(["in", "out"]);
});

test("a tab follows when another logs out, and when another comes in", async () => {
  await session.logIn(GIVEN);
  tabs.hear("out");
  expect(session.get()).toEqual({ phase: "expired", user: ADA });
  tabs.hear("in");
  await vi.waitFor(() => expect(session.get()).toEqual({ phase: "in", user: ADA }));
});

test("a ticket is for whoever is in, and none is needed where nobody signs in", async () => {
  await expect(session.ticket()).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  await session.logIn(GIVEN);
  expect(await session.ticket()).toBe("ticket");
  kernel.hasAccounts = false;
  const open = new Session(kernel.fetch, new FakeTabs());
  await open.start();
  expect(await open.ticket()).toBeNull();
});
