/** Accounts, members and workspaces over REST: one function a request, and its shapes. */
import { allPages, type Fetch, json, onePage, post, put, sender } from "./sender.ts";
import type { Page, Workspace } from "./wire.ts";

export const ROLES = ["viewer", "editor", "owner"] as const;
export type Role = (typeof ROLES)[number];

export const SCOPES = ["read", "run", "write", "manage", "metrics"] as const;
export type Scope = (typeof SCOPES)[number];

export interface User {
  /** Absent where nobody signs in. */
  readonly id?: string;
  readonly name: string;
  readonly email?: string;
  /** When they took the tour, or declined it. */
  readonly touredAt?: number;
}

export interface LoggedIn {
  readonly accessToken: string;
  /** Seconds that the access token holds. */
  readonly expiresIn: number;
  readonly user: User;
}

export interface Me {
  readonly user: User;
  readonly workspaces: readonly { readonly workspace: string; readonly role: Role }[];
}

export interface Credentials {
  readonly email: string;
  readonly password: string;
}

export interface NewAccount extends Credentials {
  readonly name: string;
  readonly invitation?: string;
}

export interface PersonalToken {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly workspace?: string;
  /** Seconds since 1970, as all times here. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly usedAt?: number;
}

export interface NewToken {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly workspace?: string;
  readonly days: number;
}

export interface Member {
  readonly id: string;
  readonly name: string;
  readonly email: string;
  readonly role: Role;
  readonly since: number;
}

export interface Invitation {
  readonly id: string;
  readonly role: Role;
  readonly createdAt: number;
  readonly expiresAt: number;
}

/** What a workspace holds; sizes in bytes. */
export interface WorkspaceUsage {
  readonly workspace: string;
  readonly panels: number;
  readonly executions: number;
  readonly bytes: { readonly values: number; readonly records: number; readonly waiting: number };
}

export interface AuditRecord {
  readonly at: number;
  readonly action: string;
  readonly subject?: string;
  readonly workspace?: string;
  readonly address?: string;
}

/** How somebody comes in and stays in; `Session` decides when each is asked. */
export interface AuthApi {
  readMe(): Promise<Me>;
  logIn(given: Credentials): Promise<LoggedIn>;
  signUp(account: NewAccount): Promise<LoggedIn>;
  refresh(): Promise<LoggedIn>;
  logOut(): Promise<void>;
  logOutEverywhere(): Promise<void>;
  changePassword(current: string, next: string): Promise<LoggedIn>;
  deleteAccount(password: string): Promise<void>;
  createTicket(): Promise<{ readonly ticket: string }>;
}

export function createAuthApi(fetch: Fetch): AuthApi {
  const send = sender(fetch);
  return {
    readMe: () => json(send("/api/auth/me")),
    logIn: (given) => json(send("/api/auth/login", post(given))),
    signUp: (account) => json(send("/api/auth/signup", post(account))),
    // Left to the browser to finish when the page goes meanwhile: the cookie is good once.
    refresh: () =>
      json(
        send("/api/auth/refresh", { method: "POST", headers: { "Nexus-CSRF": "1" }, keepalive: true }),
      ),
    logOut: () => done(send("/api/auth/logout", { method: "POST" })),
    logOutEverywhere: () => done(send("/api/auth/logout-everywhere", { method: "POST" })),
    changePassword: (current, next) => json(send("/api/auth/password", put({ current, new: next }))),
    deleteAccount: (password) => done(send("/api/auth/delete", post({ password }))),
    createTicket: () => json(send("/api/ws-tickets", { method: "POST" })),
  };
}

/** What somebody who is in has: tokens, activity, workspaces and the people in them. */
export interface AccountsApi {
  readMe(): Promise<Me>;
  /** Remember that this person took the tour, or declined it. */
  noteTour(): Promise<void>;
  listTokens(): Promise<readonly PersonalToken[]>;
  /** The token's text is told this once. */
  createToken(token: NewToken): Promise<PersonalToken & { readonly token: string }>;
  deleteToken(id: string): Promise<void>;
  /** What one's workspaces hold. */
  listUsage(): Promise<readonly WorkspaceUsage[]>;
  listActivity(cursor?: string): Promise<Page<AuditRecord>>;
  acceptInvitation(token: string): Promise<{ readonly workspace: string; readonly role: Role }>;
  listWorkspaces(): Promise<Workspace[]>;
  createWorkspace(id: string, title: string): Promise<Workspace>;
  listMembers(workspace: string): Promise<readonly Member[]>;
  changeMember(workspace: string, user: string, role: Role): Promise<void>;
  removeMember(workspace: string, user: string): Promise<void>;
  leave(workspace: string): Promise<void>;
  listInvitations(workspace: string): Promise<readonly Invitation[]>;
  /** The link is told this once. */
  invite(workspace: string, role: Role, days: number): Promise<Invitation & { readonly url: string }>;
  deleteInvitation(workspace: string, id: string): Promise<void>;
}

export function createAccountsApi(fetch: Fetch): AccountsApi {
  const send = sender(fetch);
  const remove = (path: string) => done(send(path, { method: "DELETE" }));
  const inside = (workspace: string, ...rest: readonly string[]) =>
    ["/api/workspaces", workspace, ...rest].map((part, at) => (at ? encodeURIComponent(part) : part)).join("/");
  return {
    readMe: () => json(send("/api/auth/me")),
    noteTour: () => done(send("/api/auth/tour", { method: "PUT" })),
    listTokens: () => allPages(send, "/api/auth/tokens"),
    createToken: (token) => json(send("/api/auth/tokens", post(token))),
    deleteToken: (id) => remove(`/api/auth/tokens/${encodeURIComponent(id)}`),
    listUsage: () => allPages(send, "/api/usage"),
    listActivity: (cursor) => onePage(send, "/api/auth/activity", cursor),
    acceptInvitation: (token) => json(send("/api/auth/invitations/accept", post({ token }))),
    listWorkspaces: () => allPages(send, "/api/workspaces"),
    createWorkspace: (id, title) => json(send("/api/workspaces", post({ id, title }))),
    listMembers: (workspace) => allPages(send, inside(workspace, "members")),
    changeMember: (workspace, user, role) => done(send(inside(workspace, "members", user), put({ role }))),
    removeMember: (workspace, user) => remove(inside(workspace, "members", user)),
    leave: (workspace) => done(send(inside(workspace, "leave"), { method: "POST" })),
    listInvitations: (workspace) => allPages(send, inside(workspace, "invitations")),
    invite: (workspace, role, days) => json(send(inside(workspace, "invitations"), post({ role, days }))),
    deleteInvitation: (workspace, id) => remove(inside(workspace, "invitations", id)),
  };
}

const done = async (response: Promise<Response>): Promise<void> => void (await response);
