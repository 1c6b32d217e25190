/**
 * The properties of a node as their author writes them between the quotes: a brace begins an
 * expression, two are one brace. What is typed in a field is that text.
 */
import type { Value } from "nexus-renderer";

/** A property's value as its author writes it; empty where there is none. */
export function writtenOf(value: Value | undefined): string {
  switch (value?.kind) {
    case undefined:
      return "";
    case "literal":
      return literalText(value.value);
    case "expression":
      return `{${value.source}}`;
    case "binding":
      return value.source;
    case "template":
      return value.parts.map((part) => (typeof part === "string" ? escaped(part) : `{${part.source}}`)).join("");
  }
}

function literalText(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return escaped(value);
  return typeof value === "object" ? `{${JSON.stringify(value)}}` : String(value);
}

const escaped = (text: string): string => text.replaceAll("{", "{{").replaceAll("}", "}}");

/** Whether a value is known without running the panel, so that a choice can show it. */
export const isPlain = (value: Value | undefined): boolean => value === undefined || value.kind === "literal";

/** A text between elements as its author writes it; a reference stands for what would begin a tag. */
export const escapedText = (text: string): string => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");
