/**
 * How frames are spelled: JSON by default, or MessagePack with a library of the app's choice.
 *
 * `messagePack({ encode, decode })` takes the functions of `@msgpack/msgpack` as they are.
 */

/** One of the kernel's subprotocols. */
export interface Codec {
  readonly protocol: string;
  encode(message: unknown): string | Uint8Array<ArrayBuffer>;
  /** The message of a frame; throws, or gives what is no message, for a broken one. */
  decode(frame: unknown): unknown;
}

export const JSON_CODEC: Codec = {
  protocol: "nexus.v1",
  encode: (message) => JSON.stringify(message),
  decode: (frame) => (typeof frame === "string" ? JSON.parse(frame) : null),
};

/** What a MessagePack library offers. */
export interface MessagePackLibrary {
  encode(value: unknown, options?: { readonly ignoreUndefined?: boolean }): Uint8Array<ArrayBuffer>;
  decode(bytes: ArrayBuffer): unknown;
}

/** Speak MessagePack: fewer bytes for panels full of numbers. */
export const messagePack = ({ encode, decode }: MessagePackLibrary): Codec => ({
  protocol: "nexus.v1.msgpack",
  encode: (message) => encode(message, { ignoreUndefined: true }),
  decode: (frame) => (frame instanceof ArrayBuffer ? decode(frame) : null),
});
