/** What can be added, in the groups of the language: pressed, it comes to the chosen place. */
import { useEffect, useRef, useState } from "react";
import { CATALOGUE } from "nexus-renderer";

import { Choice } from "../design/Field.tsx";
import styles from "./DesignPane.module.css";
import { ElementIcon } from "./ElementIcon.tsx";
import { holdsNodes, insideOf, type Item, mayHold, titleOf } from "./outline.ts";
import { GROUPS } from "./palette.ts";
import { type Drop, mayStandBeside } from "./rearranging.ts";
import type { Design } from "./useDesign.ts";
import type { Dragging } from "./useDragging.ts";

interface PaletteProps {
  readonly design: Design;
  readonly dragging: Dragging;
}

type Where = "inside" | "before" | "after";
const DOCS: Readonly<Record<string, { readonly doc: string }>> = CATALOGUE;

export function Palette({ design, dragging }: PaletteProps) {
  const { root, chosen, isFixed } = design;
  const at = chosen ?? root;
  const wheres = at === null ? [] : wheresOf(at);
  const [wish, setWish] = useState<Where | null>(null);
  const where = wish !== null && wheres.includes(wish) ? wish : (wheres[0] ?? null);
  const drop = at === null || where === null ? null : dropOf(at, where);
  const mayAdd = (name: string) => !isFixed && (drop === null ? root === null : mayPut(name, drop));
  const add = (name: string) => {
    if (!mayAdd(name)) return;
    if (drop === null) design.begin(name);
    else design.put({ kind: "new", name }, drop);
  };
  const palette = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // The list of elements closes for it, with the focus where that was in there.
    if (document.activeElement === document.body) palette.current?.querySelector("button")?.focus();
  }, []);
  return (
    <div ref={palette} className={styles["palette"]}>
      {at !== null && where !== null && (
        <Choice
          label="Where"
          value={where}
          onChange={(event) => setWish(event.target.value as Where)}
          hint="Or drag an element onto the panel."
        >
          {wheres.map((each) => (
            <option key={each} value={each}>
              {WORDS[each]} {titleOf(at)}
            </option>
          ))}
        </Choice>
      )}
      {GROUPS.map(({ title, names }) => (
        <section key={title} aria-label={title}>
          <h3>{title}</h3>
          <div className={styles["choices"]}>
            {names.map((name) => (
              <button
                key={name}
                type="button"
                title={DOCS[name]?.doc}
                aria-disabled={!mayAdd(name)}
                onPointerDown={(event) => {
                  if (event.pointerType === "mouse") dragging.begin(event, { kind: "new", name }, name);
                }}
                onClick={() => add(name)}
              >
                <ElementIcon name={name} /> {name}
              </button>
            ))}
          </div>
        </section>
      ))}
    </div>
  );
}

const WORDS: Readonly<Record<Where, string>> = { inside: "At the end of", before: "Before", after: "After" };

function wheresOf(item: Item): readonly Where[] {
  const isAlone = item.parent === null ? holdsNodes(item) : item.name === "Else";
  return [...(holdsNodes(item) ? (["inside"] as const) : []), ...(isAlone ? [] : (["after", "before"] as const))];
}

function dropOf(item: Item, where: Where): Drop {
  const { parent, index } = item;
  if (where === "inside") return { kind: "between", place: { parent: item, index: insideOf(item).length } };
  if (parent === null) return { kind: "beside", target: item, side: where };
  return { kind: "between", place: { parent, index: index + (where === "after" ? 1 : 0) } };
}

const mayPut = (name: string, drop: Drop): boolean =>
  drop.kind === "between"
    ? mayHold(drop.place.parent, [name])
    : mayStandBeside({ kind: "new", name, nxml: "", declared: [] }, drop.target);
