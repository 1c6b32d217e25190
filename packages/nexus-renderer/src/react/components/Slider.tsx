/** A number of the state between two limits. */
import { type CSSProperties, type ReactElement, useEffect, useId, useRef } from "react";
import { displayFigure } from "../../model/display";
import { useBinding, useTool } from "../actions";
import { classes } from "../attributes";
import type { DrawProps } from "../drawing";
import { fieldName } from "../naming";

export function Slider({ node, props, frame, bound }: DrawProps<"Slider">): ReactElement {
  const fieldId = useId();
  const field = useRef<HTMLInputElement>(null);
  const { value, set } = useBinding(node, bound);
  const { run } = useTool(node, props.trigger);
  const { min, max } = props;
  const number = typeof value === "number" && Number.isFinite(value) ? value : min;
  const part = max > min ? Math.min(1, Math.max(0, (number - min) / (max - min))) : 0;
  useLetGo(field, run);
  return (
    <div id={frame.id} className={classes("nx-field", frame.className)}>
      <div className="nx-slider-head">
        {props.label && (
          <label className="nx-label" htmlFor={fieldId}>
            {props.label}
          </label>
        )}
        <span className="nx-slider-value" aria-hidden="true">
          {displayFigure(number)}
        </span>
      </div>
      <input
        ref={field}
        id={fieldId}
        type="range"
        className="nx-slider"
        style={{ "--nx-filled": `${part * 100}%` } as CSSProperties}
        min={min}
        max={max}
        step={props.step > 0 ? props.step : "any"}
        value={number}
        disabled={props.disabled}
        aria-label={fieldName(node, props)}
        onChange={(event) => set(Number(event.target.value))}
      />
    </div>
  );
}

/** Hear the page's own `change`, at the end of a change: React's comes with every step of one. */
function useLetGo(field: { readonly current: HTMLElement | null }, listener: () => void): void {
  const newest = useRef(listener);
  useEffect(() => {
    newest.current = listener;
  });
  useEffect(() => {
    const element = field.current;
    const heard = (): void => newest.current();
    element?.addEventListener("change", heard);
    return () => element?.removeEventListener("change", heard);
  }, [field]);
}
