/**
 * One of several values, bound to the state.
 *
 * Options keep the type of their values: the page knows them by number only.
 */
import { type ReactElement, useId, useMemo } from "react";
import type { Json } from "../../generated/protocol";
import { display } from "../../model/display";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { ChevronIcon } from "../icons";
import { fieldName } from "../naming";

interface Option {
  readonly value: Json;
  readonly label: string;
}

export function Select({ node, props, frame, bound }: DrawProps<"Select">): ReactElement {
  const fieldId = useId();
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  const options = useMemo(() => props.options.map(toOption), [props.options]);
  const chosen = options.findIndex((option) => isSame(option.value, value));
  const choose = (index: number): void => {
    const option = options[index];
    if (!option) return;
    set(option.value);
    run();
  };
  return (
    <div id={frame.id} className={classes("nx-field", frame.className)}>
      {props.label && (
        <label className="nx-label" htmlFor={fieldId}>
          {props.label}
        </label>
      )}
      <div className="nx-select-box">
        <select
          id={fieldId}
          className="nx-input nx-select"
          value={chosen}
          disabled={props.disabled}
          aria-label={fieldName(node, props)}
          onChange={(event) => choose(Number(event.target.value))}
        >
          {chosen < 0 && (
            <option value={-1} disabled hidden>
              {display(value) || (options.length === 0 ? "Nothing to choose" : "Choose…")}
            </option>
          )}
          {options.map(({ label }, index) => (
            <option key={index} value={index}>
              {label}
            </option>
          ))}
        </select>
        <ChevronIcon to="down" />
      </div>
    </div>
  );
}

function toOption(given: unknown): Option {
  if (typeof given !== "object" || given === null || !Object.hasOwn(given, "value"))
    return { value: given as Json, label: display(given) };
  const { value, label } = given as { value: Json; label?: unknown };
  return { value, label: display(label ?? value) };
}

/** Values are equal as JSON; 1 and "1" are two. */
function isSame(option: unknown, value: unknown): boolean {
  return typeof option === typeof value && display(option) === display(value);
}
