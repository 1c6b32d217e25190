/** Ids that nobody else makes: of requests, and of traces (W3C Trace Context). */

function hex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return Array.from(random, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** A new request id. `crypto.randomUUID` would need a secure context; this does not. */
export const newId = (): string => hex(16);

/** A new sampled `traceparent`. */
export const newTraceparent = (): string => `00-${hex(16)}-${hex(8)}-01`;
