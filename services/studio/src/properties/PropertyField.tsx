/**
 * One property: a choice where the catalogue knows what it may be, else the text between the
 * quotes. It is checked while it is typed, and kept when the field is left or Enter is pressed,
 * unless the panel could not run with it; Escape brings back what was.
 */
import type { Value as Given } from "nexus-renderer";
import { type KeyboardEvent, useEffect, useEffectEvent, useId, useState } from "react";

import type { Fix } from "../api/wire.ts";
import { Choice, Field, FormError } from "../design/Field.tsx";
import { CHECK_DELAY_MS } from "../source/draft.ts";
import type { Attribute } from "./catalogue.ts";
import styles from "./DesignPane.module.css";
import type { Findings } from "./findings.ts";
import { FoundList } from "./FoundList.tsx";
import { isPlain, writtenOf } from "./written.ts";

type Check = (text: string, signal: AbortSignal) => Promise<Findings | null>;

interface PropertyFieldProps {
  readonly attribute: Attribute;
  readonly value: Given | undefined;
  readonly tools: readonly string[];
  /** What it may be, to begin with. */
  readonly offers: readonly string[];
  /** What is wrong with it as it is. */
  readonly found: Findings | null;
  /** Why the last change of it was refused. */
  readonly problem: string | undefined;
  readonly isFixed: boolean;
  readonly check: Check;
  readonly onMend: (findings: Findings, fix: Fix) => void;
  /** Hears the text; an empty one takes the attribute away. */
  readonly onCommit: (text: string) => void;
}

export function PropertyField(props: PropertyFieldProps) {
  const { attribute, value, tools, found, problem, isFixed, check, onMend } = props;
  const id = useId();
  const written = writtenOf(value);
  const [text, setText] = useTyped(written);
  const checked = useChecked(text, written, check);
  const findings = text === written ? found : checked?.findings;
  const isWrong = findings?.here.some(({ severity }) => severity === "error") === true;
  const described = { "aria-invalid": isWrong, "aria-describedby": id };
  const choices = isPlain(value) ? choicesOf(attribute, tools) : null;
  return (
    <div className={styles["property"]}>
      {choices === null ? (
        <TextField {...props} {...described} written={written} text={text} onText={setText} checked={checked} />
      ) : (
        <ChoiceField {...props} {...described} written={written} choices={choices} />
      )}
      <FoundList
        id={id}
        found={findings?.here ?? []}
        isFixed={isFixed}
        onFix={(fix) => {
          if (findings != null) onMend(findings, fix);
        }}
      />
      {problem !== undefined && !isWrong && <FormError>{problem}</FormError>}
    </div>
  );
}

interface Described {
  readonly "aria-invalid": boolean;
  readonly "aria-describedby": string;
  readonly written: string;
}

function ChoiceField(props: PropertyFieldProps & Described & { readonly choices: readonly string[] }) {
  const { attribute, written, choices, isFixed, onCommit } = props;
  const { name, doc, default: usual } = attribute;
  return (
    <Choice
      label={name}
      title={doc}
      disabled={isFixed}
      aria-invalid={props["aria-invalid"]}
      aria-describedby={props["aria-describedby"]}
      value={written}
      onChange={(event) => onCommit(event.target.value)}
    >
      <option value="">{usual == null ? "—" : `— (${String(usual)})`}</option>
      {[...new Set([...choices, ...(written === "" ? [] : [written])])].map((choice) => (
        <option key={choice} value={choice}>
          {choice}
        </option>
      ))}
    </Choice>
  );
}

interface TextFieldProps extends PropertyFieldProps, Described {
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly checked: CheckedText | null;
}

function TextField(props: TextFieldProps) {
  const { attribute, written, text, onText, checked, offers, isFixed, onCommit } = props;
  const { name, doc, default: usual } = attribute;
  const list = useId();
  const commit = () => {
    const isBroken = checked?.text === text && checked.findings?.isBroken === true;
    if (text !== written && !isBroken) onCommit(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    else if (event.key === "Escape") onText(written);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Field
        label={name}
        title={doc}
        disabled={isFixed}
        // An expression runs from left to right; what is shown to people, as they write.
        dir="auto"
        spellCheck={false}
        autoComplete="off"
        list={offers.length > 0 ? list : undefined}
        placeholder={usual == null ? "" : String(usual)}
        aria-invalid={props["aria-invalid"]}
        aria-describedby={props["aria-describedby"]}
        value={text}
        onChange={(event) => onText(event.target.value)}
        onBlur={commit}
        onKeyDown={onKeyDown}
      />
      {offers.length > 0 && (
        <datalist id={list}>
          {offers.map((offer) => (
            <option key={offer} value={offer} />
          ))}
        </datalist>
      )}
    </>
  );
}

/** What is typed; another value, ours or somebody else's, begins anew. */
function useTyped(written: string): [string, (text: string) => void] {
  const [typed, setTyped] = useState({ written, text: written });
  if (typed.written !== written) setTyped({ written, text: written });
  return [typed.written === written ? typed.text : written, (text) => setTyped({ written, text })];
}

interface CheckedText {
  readonly text: string;
  readonly findings: Findings | null;
}

/** What was last found out about what is typed, after a pause in typing. */
function useChecked(text: string, written: string, check: Check): CheckedText | null {
  const [checked, setChecked] = useState<CheckedText | null>(null);
  const ask = useEffectEvent(check);
  useEffect(() => {
    if (text === written) return setChecked(null);
    const running = new AbortController();
    const timer = setTimeout(async () => {
      const findings = await ask(text, running.signal);
      if (!running.signal.aborted) setChecked({ text, findings });
    }, CHECK_DELAY_MS);
    return () => {
      clearTimeout(timer);
      running.abort();
    };
  }, [text, written]);
  return checked;
}

/** What a property may be, where that is known; null where it may be anything. */
function choicesOf({ type, choices }: Attribute, tools: readonly string[]): readonly string[] | null {
  switch (type) {
    case "choice":
      return choices;
    case "boolean":
      return ["true", "false"];
    case "tool":
      return tools;
    default:
      return null;
  }
}
