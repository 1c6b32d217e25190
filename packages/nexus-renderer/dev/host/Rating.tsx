/** Stars: writes what is bound as `value`, and tells of each choice by the event `rate`. */
import type { ReactElement } from "react";
import type { CustomComponentProps } from "../../src/index";

export default function Rating({ values, onChange, emit }: CustomComponentProps): ReactElement {
  const most = typeof values.most === "number" ? Math.min(10, Math.max(1, values.most)) : 5;
  const stars = Number(values.value) || 0;
  const choose = (chosen: number): void => {
    onChange("value", chosen);
    emit("rate", { stars: chosen });
  };
  return (
    <div className="rating">
      {Array.from({ length: most }, (_, index) => index + 1).map((star) => (
        <button
          key={star}
          type="button"
          aria-label={`${star} of ${most} stars`}
          aria-pressed={star <= stars}
          onClick={() => choose(star)}
        >
          ★
        </button>
      ))}
    </div>
  );
}
