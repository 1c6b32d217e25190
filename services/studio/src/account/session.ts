/**
 * Who is here: where nobody signs in everybody is, elsewhere somebody is in, out, or was in until
 * a moment ago. It holds the access token, in memory only, and prolongs the login by itself.
 *
 * The cookie that prolongs it is good once, and a second use of it ends the login. So one request
 * at a time goes out with it, of all tabs, and a page that went away in the middle of one is given
 * time: its answer still reaches the browser.
 */
import {
  type AuthApi,
  createAuthApi,
  type Credentials,
  type LoggedIn,
  type NewAccount,
  type User,
} from "../api/accounts.ts";
import { ApiError, asApiError } from "../api/errors.ts";
import { browserFetch, type Fetch } from "../api/sender.ts";
import { createStore, type Readable } from "../app/store.ts";
import { browserTabs, type Tabs } from "./tabs.ts";

export type SessionState =
  | { readonly phase: "asking" }
  | { readonly phase: "unreachable"; readonly error: ApiError }
  /** Nobody signs in here. */
  | { readonly phase: "open" }
  | { readonly phase: "out" }
  | { readonly phase: "in"; readonly user: User }
  /** The login is over; what is on the page is still this user's. */
  | { readonly phase: "expired"; readonly user: User };

/** A token is renewed when this part of its time has passed. */
const RENEWED_AFTER = 0.75;

export class Session implements Readable<SessionState> {
  readonly get: () => SessionState;
  readonly subscribe: (listener: () => void) => () => void;
  readonly #store = createStore<SessionState>({ phase: "asking" });
  readonly #tokens = new Set<(token: string) => void>();
  readonly #plain: Fetch;
  readonly #api: AuthApi;
  readonly #tabs: Tabs;
  #token: string | null = null;
  #renewal: Promise<void> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(fetch: Fetch = browserFetch, tabs: Tabs = browserTabs()) {
    this.#plain = fetch;
    this.#tabs = tabs;
    this.#api = createAuthApi(this.fetch);
    this.get = this.#store.get;
    this.subscribe = this.#store.subscribe;
    tabs.listen((told) => this.#hear(told));
  }

  /** Find out who is here. */
  async start(): Promise<void> {
    try {
      const { user } = await this.#api.readMe();
      this.#store.set(user.id === undefined ? { phase: "open" } : { phase: "in", user });
    } catch (thrown) {
      const error = asApiError(thrown);
      this.#store.set(isRefusal(error) ? { phase: "out" } : { phase: "unreachable", error });
    }
  }

  /** A fetch that shows who asks, and asks again when only the token was over. */
  readonly fetch: Fetch = async (input, init) => {
    const shown = this.#token;
    const response = await this.#plain(input, this.#signed(init));
    if (response.status !== 401 || !this.#mayRenew(String(input))) return response;
    if (shown === this.#token) await this.#renew();
    return this.#token === null ? response : this.#plain(input, this.#signed(init));
  };

  async logIn(given: Credentials): Promise<void> {
    this.#take(await this.#api.logIn(given));
    this.#tabs.tell("in");
  }

  async signUp(account: NewAccount): Promise<void> {
    this.#take(await this.#api.signUp(account));
    this.#tabs.tell("in");
  }

  async changePassword(current: string, next: string): Promise<void> {
    this.#take(await this.#api.changePassword(current, next));
    // The other tabs' login ended with the old password; the cookie is that of the new one.
    this.#tabs.tell("in");
  }

  async logOut(): Promise<void> {
    await this.#leave(() => this.#api.logOut());
  }

  async logOutEverywhere(): Promise<void> {
    await this.#leave(() => this.#api.logOutEverywhere());
  }

  async deleteAccount(password: string): Promise<void> {
    await this.#api.deleteAccount(password);
    this.#left();
  }

  /** Go without asking: the login is over, and what is on the page may go with it. */
  leave(): void {
    this.#forget();
    this.#tabs.reload();
  }

  /** A ticket for one socket; null where nobody signs in. */
  async ticket(): Promise<string | null> {
    const { phase } = this.get();
    if (phase === "open") return null;
    if (phase !== "in") throw new ApiError("UNAUTHENTICATED", "Sign in again.");
    return (await this.#api.createTicket()).ticket;
  }

  /** Hear of every new access token. */
  onToken(listener: (token: string) => void): () => void {
    this.#tokens.add(listener);
    return () => this.#tokens.delete(listener);
  }

  // ---- the token

  #signed(init: RequestInit = {}): RequestInit {
    if (this.#token === null) return init;
    const headers = new Headers(init.headers);
    headers.set("Authorization", `Bearer ${this.#token}`);
    return { ...init, headers };
  }

  /** A refused login says that the password is wrong, and no other token helps with that. */
  #mayRenew(path: string): boolean {
    const { phase } = this.get();
    const isAsking = phase === "asking" || phase === "in" || phase === "unreachable";
    return isAsking && !/^\/api\/auth\/(?:login|signup|refresh)$/.test(path);
  }

  /** Renew the token, once for all who ask at the same time. */
  #renew(): Promise<void> {
    this.#renewal ??= this.#tabs
      .oneAtATime(() => this.#api.refresh())
      .then(
        (loggedIn) => this.#take(loggedIn),
        (thrown: unknown) => this.#notRenewed(asApiError(thrown)),
      )
      .finally(() => {
        this.#renewal = null;
      });
    return this.#renewal;
  }

  #notRenewed(error: ApiError): void {
    if (!isRefusal(error)) throw error;
    this.#forget();
    const state = this.get();
    if (state.phase === "in") this.#store.set({ phase: "expired", user: state.user });
  }

  #take({ accessToken, expiresIn, user }: LoggedIn): void {
    const before = this.get();
    this.#token = accessToken;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#renewInTime(), expiresIn * 1000 * RENEWED_AFTER);
    const wasHere = before.phase === "in" || before.phase === "expired";
    // Somebody else's page: nothing of it may stay in memory.
    if (wasHere && before.user.id !== user.id) return this.#tabs.reload();
    if (before.phase !== "in") this.#store.set({ phase: "in", user });
    for (const listener of [...this.#tokens]) listener(accessToken);
  }

  #renewInTime(): void {
    // Out of reach now is no matter: the next request tries again.
    this.#renew().catch(() => undefined);
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#token = null;
  }

  // ---- leaving

  async #leave(ask: () => Promise<void>): Promise<void> {
    try {
      await ask();
    } catch (thrown) {
      // A login that is over already has been left.
      if (!isRefusal(asApiError(thrown))) throw thrown;
    }
    this.#left();
  }

  #left(): void {
    this.#forget();
    this.#store.set({ phase: "out" });
    this.#tabs.tell("out");
  }

  /** Another tab came in or left. */
  #hear(told: "in" | "out"): void {
    const state = this.get();
    if (told === "in" && (state.phase === "out" || state.phase === "expired")) void this.#follow();
    if (told === "in" && state.phase === "in") this.#renewInTime();
    if (told === "out" && state.phase === "in") {
      this.#forget();
      this.#store.set({ phase: "expired", user: state.user });
    }
  }

  async #follow(): Promise<void> {
    await this.#renew().catch(() => undefined);
  }
}

const isRefusal = (error: ApiError): boolean => error.status === 401;
