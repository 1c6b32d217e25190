/** Ids out of what people call things: letters and digits, as an address has them. */

const LONGEST_ID = 48;

/** An id made of the title's letters and digits that none of `taken` is. */
export function idFor(title: string, taken: ReadonlySet<string>, otherwise: string): string {
  const base = slug(title) || otherwise;
  if (!taken.has(base)) return base;
  let number = 2;
  while (taken.has(`${base}-${number}`)) number++;
  return `${base}-${number}`;
}

function slug(title: string): string {
  return title
    .normalize("NFKD")
    .replaceAll(/\p{Mark}/gu, "")
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, LONGEST_ID)
    .replaceAll(/^-+|-+$/g, "");
}
