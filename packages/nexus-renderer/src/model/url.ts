/**
 * Which addresses a panel may lead to or show: the one place where that is decided.
 *
 * The parser refuses the same ones where they are written out; both are held to the vectors of
 * `tests/conformance/urls.json`. What is allowed is listed, never what is not.
 */

export type UrlKind = "link" | "image";

/** An address as components get it: one that may be used, or why it may not. */
export type Url =
  | { readonly allowed: true; readonly address: string; readonly isElsewhere: boolean }
  | { readonly allowed: false; readonly reason: string };

const MAX_LENGTH = { link: 8_192, image: 1_048_576 } as const;
/** What a browser skips, turns into a slash, or shows in another order. */
const HIDDEN = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\\]/;
const PATH = /^(?:\/(?!\/)|\.{1,2}\/|[?#])/;
const WEB = /^https?:\/\/[^/?#@]+(?:[/?#]|$)/i;
const MAIL = /^mailto:[^/]/i;
const PICTURE = /^data:image\/(?:png|jpeg|gif|webp);base64,[A-Za-z0-9+/]+={0,2}$/i;

/** Decide on an address. */
export function checkUrl(text: string, kind: UrlKind): Url {
  const address = text.replace(/^ +| +$/g, "");
  if (address.length > MAX_LENGTH[kind]) return refused("it is too long");
  if (HIDDEN.test(address)) return refused("it holds characters that are not seen");
  if (PATH.test(address)) return resolved(address, true);
  if (kind === "image")
    return PICTURE.test(address) ? { allowed: true, address, isElsewhere: false } : notOfKind(kind);
  if (MAIL.test(address)) return { allowed: true, address, isElsewhere: false };
  return WEB.test(address) ? resolved(address, false) : notOfKind(kind);
}

/** Ask the browser where an address leads, and whether that is what was read here. */
function resolved(address: string, isPath: boolean): Url {
  const { origin, protocol } = location;
  let url: URL;
  try {
    url = new URL(address, document.baseURI);
  } catch {
    return refused("it is no address");
  }
  if (isPath && (url.origin !== origin || url.protocol !== protocol))
    return refused("it leads to another host");
  return { allowed: true, address, isElsewhere: url.origin !== origin };
}

const notOfKind = (kind: UrlKind): Url =>
  refused(
    kind === "link"
      ? "only http, https, mailto and paths of this host are"
      : "only paths of this host and png, jpeg, gif or webp as data are",
  );

const refused = (why: string): Url => ({
  allowed: false,
  reason: `This address is not allowed: ${why}`,
});
