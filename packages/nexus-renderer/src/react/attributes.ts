/** The attributes that nodes give to their outermost elements. */
import type { Cell, ComponentNode, ViewNode } from "../generated/protocol";
import type { Frame } from "./drawing";

const CLASS_NAME = /^(?!nx-)[A-Za-z_][A-Za-z0-9_-]{0,63}$/;

/** The key of a node among its siblings: its address, which stays when others change. */
export function nodeKey(node: ViewNode | undefined, index: number): string {
  return typeof node?.address === "string" && node.address !== "" ? node.address : String(index);
}

/** Class names that place a node on its layout's grid. */
export function spanClass(layout: Cell | undefined): string {
  const columns = Math.min(12, Math.max(1, Math.trunc(Number(layout?.colSpan)) || 12));
  return `nx-span-${columns}${layout?.newRow ? " nx-new-row" : ""}`;
}

/**
 * Id and class names of a node. Ids are prefixed, so that a panel takes no id from its page, and
 * an author's class names never pass for the renderer's own.
 */
export function frameOf(node: ComponentNode, className: unknown): Frame {
  const span = spanClass(node.layout);
  return {
    id: typeof node.id === "string" ? `nx-${node.id}` : undefined,
    className: typeof className === "string" ? `${span}${ownNames(className)}` : span,
  };
}

const ownNames = (given: string): string =>
  given
    .split(/\s+/)
    .filter((name) => CLASS_NAME.test(name))
    .map((name) => ` ${name}`)
    .join("");

/** Join class names, leaving out what is not there. */
export const classes = (...names: (string | false | null | undefined)[]): string =>
  names.reduce<string>((all, name) => (name ? (all ? `${all} ${name}` : name) : all), "");
