/**
 * One property: a choice where the catalogue knows what it may be, else the text between the
 * quotes. It is kept when the field is left or Enter is pressed; Escape brings back what was.
 */
import type { Value as Given } from "nexus-renderer";
import { type KeyboardEvent, useId, useState } from "react";

import { Choice, Field, FormError } from "../design/Field.tsx";
import type { Attribute } from "./catalogue.ts";
import styles from "./DesignPane.module.css";
import { isPlain, writtenOf } from "./written.ts";

interface PropertyFieldProps {
  readonly attribute: Attribute;
  readonly value: Given | undefined;
  readonly tools: readonly string[];
  /** What it may be, to begin with. */
  readonly offers: readonly string[];
  /** Why the last change of it was refused. */
  readonly problem: string | undefined;
  readonly isFixed: boolean;
  /** Hears the text; an empty one takes the attribute away. */
  readonly onCommit: (text: string) => void;
}

export function PropertyField(props: PropertyFieldProps) {
  return (
    <div className={styles["property"]}>
      <Value {...props} />
      {props.problem !== undefined && <FormError>{props.problem}</FormError>}
    </div>
  );
}

function Value({ attribute, value, tools, offers, isFixed, onCommit }: PropertyFieldProps) {
  const { name, doc, default: usual } = attribute;
  const written = writtenOf(value);
  const choices = choicesOf(attribute, tools);
  if (choices === null || !isPlain(value)) {
    return (
      // Another value, ours or somebody else's, begins anew.
      <TextField
        key={written}
        attribute={attribute}
        written={written}
        offers={offers}
        isFixed={isFixed}
        onCommit={onCommit}
      />
    );
  }
  return (
    <Choice
      label={name}
      title={doc}
      disabled={isFixed}
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

interface TextFieldProps {
  readonly attribute: Attribute;
  readonly written: string;
  readonly offers: readonly string[];
  readonly isFixed: boolean;
  readonly onCommit: (text: string) => void;
}

function TextField({ attribute: { name, doc, default: usual }, written, offers, isFixed, onCommit }: TextFieldProps) {
  const [text, setText] = useState(written);
  const list = useId();
  const commit = () => {
    if (text !== written) onCommit(text);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Enter") commit();
    else if (event.key === "Escape") setText(written);
    else return;
    event.preventDefault();
  };
  return (
    <>
      <Field
        label={name}
        title={doc}
        disabled={isFixed}
        spellCheck={false}
        autoComplete="off"
        list={offers.length > 0 ? list : undefined}
        placeholder={usual == null ? "" : String(usual)}
        value={text}
        onChange={(event) => setText(event.target.value)}
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
