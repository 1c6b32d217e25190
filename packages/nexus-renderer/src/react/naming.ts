/** The accessible names of fields. */
import type { ComponentNode } from "../generated/protocol";

interface Named {
  readonly label?: string;
  readonly "aria-label"?: string;
}

/** What a field without a visible label is called: at worst the last word of its bound path. */
export function fieldName(node: ComponentNode, props: Named, hint?: string): string | undefined {
  return props["aria-label"] ?? (props.label ? undefined : (hint ?? boundName(node)));
}

function boundName({ props: { bind } }: ComponentNode): string | undefined {
  return bind?.kind === "binding" ? bind.source.split(".").pop() : undefined;
}
