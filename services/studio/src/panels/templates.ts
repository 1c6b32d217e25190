/**
 * What a new panel may start as: one of the kernel's templates, or a file of one's own. What is in
 * a template is the kernel's business, and so is putting the panel's title into it.
 */
import type { NewPanel, Template } from "../api/wire.ts";

export type Start =
  | { readonly kind: "template"; readonly name: string }
  | { readonly kind: "file"; readonly name: string; readonly source: string };

/** Where nothing else was chosen. */
export const BLANK: Start = { kind: "template", name: "blank" };

/** What to ask the kernel for; a file is taken as it is, with the title that it has. */
export function newPanel(start: Start, id: string, title: string): NewPanel {
  return start.kind === "file" ? { id, source: start.source } : { id, template: start.name, title };
}

/** How a template is called among people. */
export const labelOf = ({ name }: Template): string =>
  name.slice(0, 1).toUpperCase() + name.slice(1).replaceAll("-", " ");

/** What a file's source calls itself; the file's name where it does not. */
export function titleIn(fileName: string, source: string): string {
  const [, title] = /<NexusPanel\s[^>]*?\btitle="([^"{]*)"/.exec(source) ?? [];
  return title || fileName.replace(/\.[^.]*$/, "");
}
