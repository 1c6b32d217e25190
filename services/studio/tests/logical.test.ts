import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

const FOLDERS = [join(import.meta.dirname, "../src"), join(import.meta.dirname, "../../../packages/nexus-renderer/src")];

const SIDE = /^(?:(?:(?:margin|padding|inset|border|scroll-margin|scroll-padding)-)?(?:left|right)|border-.*(?:left|right).*)$/;
const AROUND = /^(?:margin|padding|inset|border-(?:width|color|style)|scroll-(?:margin|padding))$/;

/** Whether a declaration names a side, where lines may run from the right as well. */
function isPhysical(property: string, value: string): boolean {
  if (SIDE.test(property)) return true;
  const parts = value.split(/\s+(?![^(]*\))/);
  if (AROUND.test(property)) return parts.length === 4 && parts[1] !== parts[3];
  if (property === "border-radius") return parts.length > 1;
  return /^(?:text-align|float|clear|justify-\w+)$/.test(property) && /^(?:left|right)$/.test(value);
}

const physicalIn = (css: string): readonly string[] =>
  [...css.replaceAll(/\/\*.*?\*\//gs, "").matchAll(/(?<=[{;]\s*)([a-z-]+)\s*:\s*([^;{}]+)(?=[;}])/g)].flatMap(
    ([declaration, property = "", value = ""]) => (isPhysical(property, value.replace("!important", "").trim()) ? [declaration] : []),
  );

test("what names a side is found", () => {
  const css = `.a { margin-left: 1px; padding: 0 var(--b, 2px) 0 2px; inset: 0; color: red } @media print {
    .b { left: 0; padding: 1px 2px 3px; padding: 1px 2px 1px 2px; text-align: right; border-radius: 3px 3px 0 0;
      border-inline-start: 1px; border-top-left-radius: 2px; } }`;
  expect(physicalIn(css)).toEqual([
    "margin-left: 1px",
    "padding: 0 var(--b, 2px) 0 2px",
    "left: 0",
    "text-align: right",
    "border-radius: 3px 3px 0 0",
    "border-top-left-radius: 2px",
  ]);
});

const STYLES = FOLDERS.flatMap((folder) =>
  readdirSync(folder, { encoding: "utf8", recursive: true }).map((name) => join(folder, name)),
).filter((file) => file.endsWith(".css"));

test("styles name starts and ends, not sides", () => {
  const found = STYLES.flatMap((file) =>
    physicalIn(readFileSync(file, "utf8")).map((declaration) => `${file}: ${declaration}`),
  );
  expect(found).toEqual([]);
});

test("the way of a page is read from its dir: builds make a guess at languages of :dir()", () => {
  expect(STYLES.filter((file) => readFileSync(file, "utf8").includes(":dir("))).toEqual([]);
});
