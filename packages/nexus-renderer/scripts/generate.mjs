/**
 * Writes the TypeScript types and the component catalogue from nexus_protocol.
 *
 * Knows the small part of JSON Schema that pydantic prints and how Nexus sends models (fields
 * that are None are left out). What the models are is nexus_protocol's business. With `--check`
 * nothing is written, and files that would change fail the run.
 */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";

/** @typedef {Record<string, any>} Schema */

const PACKAGE = dirname(dirname(fileURLToPath(import.meta.url)));
const WORKSPACE = dirname(dirname(PACKAGE));
const OUTPUT = join(PACKAGE, "src", "generated");
const HEADER = "// Generated from nexus_protocol by `npm run generate`; edits are lost.\n\n";

/** Python names that would hide a global of JavaScript. */
const RENAMED = /** @type {Record<string, string>} */ ({
  Set: "SetMessage",
  Event: "EventMessage",
  RegExp: "RegExpParts",
  Property: "PropertyNode",
  State: "StateDeclaration",
});

/** Unions that have a name in Python but not in the schema, by one telling set of members. */
const UNIONS = /** @type {Record<string, string[]>} */ ({
  Value: ["LiteralValue", "ExpressionValue", "TemplateValue", "BindingValue"],
  ViewNode: ["ComponentNode", "IfNode", "IterateNode", "TextNode"],
  PatchOp: ["Add", "Remove", "Replace", "Move"],
  Pattern: ["Identifier", "ObjectPattern", "ArrayPattern", "AssignmentPattern", "RestElement"],
  Expression: [
    "LiteralExpression",
    "Identifier",
    "TemplateLiteral",
    "MemberExpression",
    "ChainExpression",
    "CallExpression",
    "NewExpression",
    "UnaryExpression",
    "BinaryExpression",
    "LogicalExpression",
    "ConditionalExpression",
    "ArrayExpression",
    "ObjectExpression",
    "ArrowFunctionExpression",
  ],
});

const CATALOGUE_PROGRAM = `
import json
from nexus_protocol.components import CATALOGUE, CATALOGUE_HASH, COMMON, facts
print(json.dumps({
    "hash": CATALOGUE_HASH,
    "common": COMMON,
    "components": CATALOGUE,
}, default=facts, ensure_ascii=False))
`;

/** @param {string[]} args */
function python(args) {
  const local = join(WORKSPACE, ".venv", "bin", "python");
  const interpreter = process.env.NEXUS_PYTHON ?? (existsSync(local) ? local : "python3");
  return execFileSync(interpreter, args, { encoding: "utf8", maxBuffer: 1 << 26 });
}

/** @param {string} name */
const typeName = (name) => RENAMED[name] ?? name;

/** @param {string} reference */
const referenced = (reference) => typeName(reference.slice(reference.lastIndexOf("/") + 1));

/** @param {string[]} members */
function unionName(members) {
  const key = [...members].sort().join();
  return Object.keys(UNIONS).find((name) => {
    const known = /** @type {string[]} */ (UNIONS[name]).map(typeName).sort().join();
    return known === key;
  });
}

/**
 * @param {Schema} schema
 * @returns {string}
 */
function print(schema) {
  if (schema.$ref) return referenced(schema.$ref);
  if (schema.allOf?.length === 1) return print(schema.allOf[0]);
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum)
    return schema.enum.map((/** @type {unknown} */ v) => JSON.stringify(v)).join(" | ");
  const alternatives = schema.oneOf ?? schema.anyOf;
  if (alternatives) {
    const members = alternatives.map(print);
    return unionName(members) ?? members.join(" | ");
  }
  if (Array.isArray(schema.type)) {
    return schema.type.map((/** @type {string} */ type) => print({ ...schema, type })).join(" | ");
  }
  switch (schema.type) {
    case "array":
      return `ReadonlyArray<${print(schema.items ?? {})}>`;
    case "object":
      return `Readonly<Record<string, ${print(schema.additionalProperties || {})}>>`;
    case "integer":
      return "number";
    case "string":
    case "number":
    case "boolean":
    case "null":
      return schema.type;
    case undefined:
      return "Json";
    default:
      throw new Error(`schema not understood: ${JSON.stringify(schema)}`);
  }
}

/** @param {string | undefined} text @param {string} indent */
function doc(text, indent = "") {
  if (!text) return "";
  const lines = text.replaceAll("``", "`").replaceAll("*/", "* /").split("\n");
  if (lines.length === 1) return `${indent}/** ${lines[0]} */\n`;
  return `${indent}/**\n${lines.map((line) => `${indent} * ${line}`.trimEnd()).join("\n")}\n${indent} */\n`;
}

/**
 * A field may be missing where it may be None, since those are left out; all others are there.
 *
 * @param {string} name @param {Schema} schema
 */
function field(name, schema) {
  const alternatives = /** @type {Schema[]} */ (schema.anyOf ?? [schema]);
  const mayBeNone = alternatives.some(
    (one) => one.type === "null" || one.$ref === "#/$defs/JsonValue",
  );
  return `${doc(schema.description, "  ")}  readonly ${name}${mayBeNone ? "?" : ""}: ${print(schema)};\n`;
}

/** @param {string} name @param {Schema} schema */
function declaration(name, schema) {
  const exported = `${doc(schema.description)}export `;
  if (name === "JsonValue") return "";
  if (schema.type !== "object" || !schema.properties) {
    return `${exported}type ${typeName(name)} = ${print(schema)};\n`;
  }
  const fields = Object.entries(schema.properties).map(([key, value]) => field(key, value));
  return `${exported}interface ${typeName(name)} {\n${fields.join("")}}\n`;
}

function protocol() {
  const schema = JSON.parse(python(["-m", "nexus_protocol.json_schema", "all"]));
  const unions = Object.entries(UNIONS).map(
    ([name, members]) =>
      `export type ${name} =\n${members.map((m) => `  | ${typeName(m)}`).join("\n")};\n`,
  );
  const json = [
    "/** Any JSON value. */",
    "export type Json = null | boolean | number | string | ReadonlyArray<Json> | JsonObject;",
    "/** A JSON object. */",
    "export interface JsonObject {\n  readonly [key: string]: Json;\n}\nexport type JsonValue = Json;\n",
  ].join("\n");
  const declarations = Object.entries(schema.$defs).map(([name, value]) =>
    declaration(name, value),
  );
  return HEADER + [json, ...unions, ...declarations.filter(Boolean)].join("\n");
}

function catalogue() {
  const { hash, common, components } = JSON.parse(python(["-c", CATALOGUE_PROGRAM]));
  const byName = (/** @type {{name: string}[]} */ specs) =>
    Object.fromEntries(specs.map((spec) => [spec.name, spec]));
  const table = byName(
    components.map((/** @type {Schema} */ spec) => ({ ...spec, props: byName(spec.props) })),
  );
  return [
    HEADER,
    "/** Hash of the catalogue; a kernel that sends another one is refused. */\n",
    `export const CATALOGUE_HASH = ${JSON.stringify(hash)};\n\n`,
    "/** Properties that every component takes, by name. */\n",
    `export const COMMON = ${JSON.stringify(byName(common), null, 2)} as const;\n\n`,
    "/** Every component a view may use, by name. */\n",
    `export const CATALOGUE = ${JSON.stringify(table, null, 2)} as const;\n`,
  ].join("");
}

function main() {
  const check = process.argv.includes("--check");
  mkdirSync(OUTPUT, { recursive: true });
  const files = { "protocol.ts": protocol(), "catalogue.ts": catalogue() };
  const stale = Object.entries(files).filter(([name, text]) => {
    const path = join(OUTPUT, name);
    return !existsSync(path) || readFileSync(path, "utf8") !== text;
  });
  for (const [name, text] of stale) {
    const path = join(OUTPUT, name);
    if (!check) writeFileSync(path, text);
    console.log(`${check ? "stale" : "wrote"} ${relative(process.cwd(), path)}`);
  }
  if (check && stale.length > 0) {
    console.error("generated files differ from nexus_protocol; run `npm run generate`");
    process.exitCode = 1;
  }
}

main();
