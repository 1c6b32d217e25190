/** What a new panel may start as, and how a name becomes a panel's title. */
import { ChartColumn, ClipboardList, File, Hash, List, type LucideIcon } from "lucide-react";

import blank from "./templates/blank.nxml?raw";
import counter from "./templates/counter.nxml?raw";
import dashboard from "./templates/dashboard.nxml?raw";
import form from "./templates/form.nxml?raw";
import list from "./templates/list.nxml?raw";

export interface Template {
  readonly id: string;
  readonly name: string;
  readonly about: string;
  readonly icon: LucideIcon;
  readonly source: string;
}

export const TEMPLATES: readonly [Template, ...Template[]] = [
  { id: "blank", name: "Blank", about: "The bare frame", icon: File, source: blank },
  { id: "counter", name: "Counter", about: "State and two buttons", icon: Hash, source: counter },
  { id: "list", name: "List", about: "Add, tick, remove", icon: List, source: list },
  { id: "form", name: "Form", about: "Fields and an answer", icon: ClipboardList, source: form },
  { id: "dashboard", name: "Dashboard", about: "Figures and a chart", icon: ChartColumn, source: dashboard },
];

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  // A brace begins an expression; two of them are one that does not.
  "{": "{{",
  "}": "}}",
};

/** The template's source under a title of one's own. */
export function titled({ source }: Template, title: string): string {
  const escaped = title.replaceAll(/[&<>"{}]/g, (character) => ENTITIES[character] ?? character);
  return source.replace('title="Untitled"', () => `title="${escaped}"`);
}

/** The id of a start that is a file of one's own. */
export const FILE = "file";

/** A file as a start. */
export const fileTemplate = (name: string, source: string): Template => ({
  id: FILE,
  name,
  about: "A file of your own",
  icon: File,
  source,
});

/** What a source calls itself; its file's name where it does not. */
export function titleIn({ name, source }: Template): string {
  const [, title] = /<NexusPanel\s[^>]*?\btitle="([^"{]*)"/.exec(source) ?? [];
  return title || name.replace(/\.[^.]*$/, "");
}
