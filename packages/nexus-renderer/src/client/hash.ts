/**
 * One text for each JSON value (RFC 8785), and the hash of a state made from it.
 *
 * The kernel has the same in `nexus_protocol.canonical`; both are held to
 * `tests/conformance/hashes.json`.
 */
import type { Json, JsonObject } from "../generated/protocol";
import { sha256 } from "./sha256";

/** The SHA-256 of a state's canonical text, in hexadecimal digits. */
export const stateHash = (state: JsonObject): string => sha256(canonical(state));

/** Members by the UTF-16 code units of their names, all else as JavaScript prints it. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const object = value as JsonObject;
  const members = Object.keys(object).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(object[name]!)}`).join()}}`;
}
