/** The part of the browser's WebSocket that the client uses, so that a test can stand in for it. */

export interface Socket {
  onopen: ((event: never) => void) | null;
  onmessage: ((event: { readonly data: unknown }) => void) | null;
  onclose: ((event: { readonly code: number; readonly reason: string }) => void) | null;
  send(data: string | Uint8Array<ArrayBuffer>): void;
  close(code?: number, reason?: string): void;
}

export type SocketFactory = (url: string, protocol: string) => Socket;

export const browserSocket: SocketFactory = (url, protocol) => {
  const socket = new WebSocket(url, protocol);
  socket.binaryType = "arraybuffer";
  return socket as unknown as Socket;
};

/** The address of a workspace's socket; without a base, on the page's own host. */
export function socketUrl(workspaceId: string, base?: string): string {
  const url = new URL(base ?? globalThis.location?.href ?? "http://127.0.0.1:3000");
  url.protocol = url.protocol === "https:" || url.protocol === "wss:" ? "wss:" : "ws:";
  url.pathname = `/ws/${encodeURIComponent(workspaceId)}`;
  url.search = "";
  url.hash = "";
  return url.href;
}
