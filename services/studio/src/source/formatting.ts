/** Whether a source that is laid out stays so when it is saved; kept for the next visit. */
import { createStore } from "../app/store.ts";
import { keep, kept } from "../design/keep.ts";

const KEY = "nexus.source.format";

export const formatsOnSave = createStore(kept(KEY) !== "off");

export function setFormatsOnSave(does: boolean): void {
  keep(KEY, does ? null : "off");
  formatsOnSave.set(does);
}
