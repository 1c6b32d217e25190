/**
 * How a request goes out and an answer comes back: headers, JSON, pages, and every failure told
 * as an `ApiError`. What is asked is its callers' business.
 */
import { ApiError, errorOf } from "./errors.ts";
import type { Page } from "./wire.ts";

export type Fetch = typeof globalThis.fetch;
export type Send = (path: string, init?: RequestInit) => Promise<Response>;

/** The browser's own fetch, which must not be called on anything but its window. */
export const browserFetch: Fetch = (input, init) => globalThis.fetch(input, init);

export function sender(fetch: Fetch): Send {
  return async (path, init = {}) => {
    const headers = new Headers(init.headers);
    headers.set("Accept", "application/json");
    if (init.body != null) headers.set("Content-Type", "application/json");
    const response = await fetch(path, { ...init, headers }).catch((reason: unknown) => {
      if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
      if (reason instanceof ApiError) throw reason;
      throw new ApiError("UNREACHABLE", "Nexus cannot be reached.");
    });
    if (!response.ok) throw await errorOf(response);
    return response;
  };
}

export async function json<Body>(response: Promise<Response>): Promise<Body> {
  return (await response).json() as Promise<Body>;
}

/** The items of all pages of a list. */
export async function allPages<Item>(send: Send, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | undefined;
  do {
    const page = await onePage<Item>(send, path, cursor);
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== undefined);
  return items;
}

export function onePage<Item>(send: Send, path: string, cursor?: string): Promise<Page<Item>> {
  const query = cursor === undefined ? "" : `?cursor=${encodeURIComponent(cursor)}`;
  return json(send(path + query));
}

export const post = (body: unknown): RequestInit => ({ method: "POST", body: JSON.stringify(body) });
export const put = (body: unknown): RequestInit => ({ method: "PUT", body: JSON.stringify(body) });
