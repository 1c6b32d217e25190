/** A JSON value as a tree: what holds others opens, what does not can be changed in place. */
import { ChevronRight } from "lucide-react";
import { type KeyboardEvent, useState } from "react";

import type { Json } from "../api/wire.ts";
import { classes } from "../design/classes.ts";
import { short } from "./changes.ts";
import styles from "./Tree.module.css";
import { pointer, readAs } from "./values.ts";

/** How many of a long list are shown at a time. */
const PAGE = 100;

interface TreeProps {
  readonly value: Json;
  /** The JSON pointer of the value. */
  readonly path: string;
  readonly onSet: ((path: string, value: Json) => void) | undefined;
}

/** The members of a value. */
export function Tree({ value, path, onSet }: TreeProps) {
  const [shown, setShown] = useState(PAGE);
  const members = membersOf(value);
  return (
    <ul className={styles["tree"]}>
      {members.slice(0, shown).map(([key, member]) => (
        <Member key={key} name={key} value={member} path={pointer(path, key)} onSet={onSet} />
      ))}
      {members.length > shown && (
        <li>
          <button type="button" className={styles["more"]} onClick={() => setShown(shown + PAGE)}>
            {members.length - shown} more
          </button>
        </li>
      )}
    </ul>
  );
}

interface MemberProps extends TreeProps {
  readonly name: string;
}

function Member({ name, value, path, onSet }: MemberProps) {
  const [isOpen, setOpen] = useState(false);
  const holds = typeof value === "object" && value !== null;
  return (
    <li>
      <div className={styles["member"]}>
        {holds ? (
          <button
            type="button"
            className={styles["opener"]}
            aria-expanded={isOpen}
            onClick={() => setOpen(!isOpen)}
          >
            <ChevronRight size={13} aria-hidden />
            {name}
          </button>
        ) : (
          <span className={styles["name"]}>{name}</span>
        )}
        <Value name={name} value={value} path={path} onSet={onSet} />
      </div>
      {holds && isOpen && <Tree value={value} path={path} onSet={onSet} />}
    </li>
  );
}

function Value({ name, value, path, onSet }: MemberProps) {
  const [typed, setTyped] = useState<string | null>(null);
  const kind = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  const look = classes(styles["value"], styles[kind]);
  if (onSet === undefined) return <span className={look}>{short(value)}</span>;
  if (typed === null) {
    return (
      <button
        type="button"
        className={look}
        aria-label={`Change ${name}, now ${short(value)}`}
        onClick={() => setTyped(typeof value === "string" ? value : JSON.stringify(value))}
      >
        {short(value)}
      </button>
    );
  }
  const read = readAs(typed, value);
  const commit = () => {
    if (read === undefined) return;
    onSet(path, read);
    setTyped(null);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    else if (event.key === "Escape") setTyped(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <input
      autoFocus
      spellCheck={false}
      aria-label={name}
      aria-invalid={read === undefined}
      title={read === undefined ? "This is no JSON" : "Enter keeps it, Escape does not"}
      className={styles["input"]}
      value={typed}
      onChange={(event) => setTyped(event.target.value)}
      onKeyDown={onKeyDown}
      onBlur={() => setTyped(null)}
    />
  );
}

function membersOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === "object" && value !== null ? Object.entries(value as Record<string, Json>) : [];
}
