/** What a tree gives over a state, in the encoding that the conformance vectors have. */
import { encode } from "../../../../tests/conformance/encode.js";
import { evaluate } from "../../src/expressions/evaluate";
import type { Expression } from "../../src/generated/protocol";

export type Outcome = { readonly value: unknown } | { readonly error: true; message?: string };
export type State = Readonly<Record<string, unknown>>;

const root = (members: State) => ({
  member: (key: string) => (Object.hasOwn(members, key) ? members[key] : undefined),
  whole: () => members,
});

export function outcomeOf(tree: Expression, state: State): Outcome {
  try {
    return { value: encode(evaluate(tree, { $state: root(state), $scope: root({}) })) as unknown };
  } catch (error) {
    return { error: true, message: String(error) };
  }
}
