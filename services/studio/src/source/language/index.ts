/** NXML for the editor: the language and its completion. */
import { LanguageSupport } from "@codemirror/language";

import { completeNxml } from "./completion.ts";
import { nxml } from "./nxml.ts";

export const nxmlSupport = new LanguageSupport(nxml, nxml.data.of({ autocomplete: completeNxml }));
