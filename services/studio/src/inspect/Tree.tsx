/** A JSON value as a tree: what holds others opens, what does not can be changed in place. */
import { ChevronRight } from "lucide-react";
import { type ChangeEvent, type KeyboardEvent, useRef, useState } from "react";

import type { Json } from "../api/wire.ts";
import { classes } from "../design/classes.ts";
import { short } from "./changes.ts";
import styles from "./Tree.module.css";
import { pointer, readAs, typing } from "./values.ts";

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
  const [isTyped, setTyped] = useState(false);
  /** Whether what was typed in had the focus to the end, which is then here. */
  const hadFocus = useRef(false);
  const kind = value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
  const look = classes(styles["value"], styles[kind]);
  const typed = onSet === undefined ? null : typing(value);
  if (onSet === undefined || typed === null) {
    return (
      <span className={look} title={onSet && "Too long to be changed as a whole"}>
        {short(value)}
      </span>
    );
  }
  if (!isTyped) {
    return (
      <button
        type="button"
        autoFocus={hadFocus.current}
        className={look}
        aria-label={`Change ${name}, now ${short(value)}`}
        onClick={() => setTyped(true)}
      >
        {short(value)}
      </button>
    );
  }
  return (
    <Typing
      name={name}
      value={value}
      {...typed}
      onSet={(next) => onSet(path, next)}
      onEnd={(hasFocus) => {
        hadFocus.current = hasFocus;
        setTyped(false);
      }}
    />
  );
}

interface TypingProps {
  readonly name: string;
  readonly value: Json;
  readonly text: string;
  readonly rows: number;
  readonly onSet: (value: Json) => void;
  /** Hears whether the focus was still there. */
  readonly onEnd: (hasFocus: boolean) => void;
}

/** A value while it is typed: kept by Enter, and when it is left; Escape brings back what was. */
function Typing({ name, value, text, rows, onSet, onEnd }: TypingProps) {
  /** What it was at the beginning: others may change it meanwhile. */
  const [first] = useState({ value, text, rows });
  const [typed, setTyped] = useState(text);
  const read = readAs(typed, first.value);
  const commit = (hasFocus: boolean) => {
    if (read === undefined) return;
    if (typed !== first.text) onSet(read);
    onEnd(hasFocus);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const isKept = event.key === "Enter" && (first.rows === 1 || event.ctrlKey || event.metaKey);
    if (isKept && !event.nativeEvent.isComposing) commit(true);
    else if (event.key === "Escape") onEnd(true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const shared = {
    autoFocus: true,
    spellCheck: false,
    "aria-label": name,
    "aria-invalid": read === undefined,
    title: read === undefined ? "This is no JSON" : `${first.rows === 1 ? "" : "Ctrl+"}Enter keeps it, Escape does not`,
    className: styles["input"],
    value: typed,
    onChange: (event: ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => setTyped(event.target.value),
    onKeyDown,
    onBlur: () => commit(false),
  };
  return first.rows === 1 ? <input {...shared} /> : <textarea {...shared} rows={first.rows} />;
}

function membersOf(value: Json): readonly (readonly [string, Json])[] {
  return typeof value === "object" && value !== null ? Object.entries(value as Record<string, Json>) : [];
}
