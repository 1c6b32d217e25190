/** What goes wrong while an expression is evaluated, told to the panel's author. */

/** Raised inside the evaluator; `attempt` in `values.ts` turns it into a value. */
export class EvaluationError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "EvaluationError";
  }
}
