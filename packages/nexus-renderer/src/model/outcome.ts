/** What came of an evaluation: a value, or the message that stands in its place. */

export type Outcome =
  { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly error: string };

/** What came of several evaluations, by name. */
export type Outcomes = Readonly<Record<string, Outcome>>;

/** Run an evaluation; whatever it throws becomes the outcome. */
export function attempt(evaluation: () => unknown): Outcome {
  try {
    return { ok: true, value: evaluation() };
  } catch (error) {
    return { ok: false, error: error instanceof Error ? error.message : String(error) };
  }
}

/** Tell whether two outcomes would draw the same. */
export function sameOutcome(left: Outcome, right: Outcome): boolean {
  if (left.ok && right.ok) return Object.is(left.value, right.value);
  return !left.ok && !right.ok && left.error === right.error;
}
