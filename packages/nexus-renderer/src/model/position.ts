/**
 * Whether the rows of an Iterate depend on where in the list they stand.
 *
 * Where they do not, a row that moves stays as it is: nothing in it is evaluated or drawn again.
 */
import type { IterateNode } from "../generated/protocol";

const answers = new WeakMap<IterateNode, boolean>();

/** Tell whether anything in a row reads its position, or might. */
export function usesPosition(node: IterateNode): boolean {
  const known = answers.get(node);
  if (known !== undefined) return known;
  const names = new Set(["index", `${node.name}Index`]);
  const answer = node.children.some((child) => readsPosition(child, names));
  answers.set(node, answer);
  return answer;
}

/**
 * Look for a use of `$scope` other than `$scope.name`. A binding needs the position to tell equal
 * texts and numbers apart, and an inner list to know its own place.
 */
function readsPosition(root: unknown, names: ReadonlySet<string>): boolean {
  const stack = [root];
  while (stack.length > 0) {
    const part = stack.pop() as Part | null;
    if (typeof part !== "object" || part === null) continue;
    if (part.kind === "iterate" || isItem(part)) return true;
    const member = part.type === "MemberExpression" && part.object?.name === "$scope";
    if (member && (part.computed || names.has(String(part.property?.name)))) return true;
    if (!member && part.type === "Identifier" && part.name === "$scope") return true;
    for (const child of member ? [] : Object.values(part)) stack.push(child);
  }
  return false;
}

interface Part {
  readonly kind?: unknown;
  readonly type?: unknown;
  readonly name?: unknown;
  readonly computed?: unknown;
  readonly object?: { readonly name?: unknown };
  readonly property?: { readonly name?: unknown };
  readonly tree?: Part;
}

/** Tell whether something binds to the item itself, and not to a member of it. */
function isItem({ kind, tree }: Part): boolean {
  return kind === "binding" && tree?.type === "MemberExpression" && tree.object?.name === "$scope";
}
