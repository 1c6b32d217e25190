/**
 * A socket that is opened by a ticket, as a page cannot show its token with a handshake. While it
 * is open, each new token prolongs it.
 */
import type { Socket, SocketFactory } from "nexus-renderer";

import { asApiError } from "../api/errors.ts";
import type { Session } from "./session.ts";

/** Sockets of whoever is in. */
export function ticketSockets(session: Session): SocketFactory {
  return (url, protocol) => new TicketSocket(url, protocol, session);
}

class TicketSocket implements Socket {
  onopen: Socket["onopen"] = null;
  onmessage: Socket["onmessage"] = null;
  onclose: Socket["onclose"] = null;
  #socket: WebSocket | null = null;
  #isClosed = false;
  #forget: () => void = () => undefined;

  constructor(url: string, protocol: string, session: Session) {
    void this.#open(url, protocol, session);
  }

  send(data: Parameters<Socket["send"]>[0]): void {
    this.#socket?.send(data);
  }

  close(): void {
    this.#isClosed = true;
    this.#forget();
    this.#socket?.close();
  }

  async #open(url: string, protocol: string, session: Session): Promise<void> {
    try {
      const ticket = await session.ticket();
      if (this.#isClosed) return;
      const query = ticket === null ? "" : `?ticket=${encodeURIComponent(ticket)}`;
      this.#attach(new WebSocket(url + query, protocol), session);
    } catch (thrown) {
      if (!this.#isClosed) this.onclose?.({ code: 1006, reason: asApiError(thrown).message });
    }
  }

  #attach(socket: WebSocket, session: Session): void {
    this.#socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.#forget = session.onToken((token) => socket.send(JSON.stringify({ type: "AUTH", token })));
    };
    socket.onmessage = ({ data }) => this.onmessage?.({ data });
    socket.onclose = ({ code, reason }) => {
      this.#forget();
      this.onclose?.({ code, reason });
    };
  }
}
