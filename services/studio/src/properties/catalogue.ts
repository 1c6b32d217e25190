/** What the catalogue says that a component has: its own attributes first, then everybody's. */
import { CATALOGUE, COMMON } from "nexus-renderer";

export interface Attribute {
  readonly name: string;
  readonly type: string;
  readonly required: boolean;
  readonly default: unknown;
  readonly choices: readonly string[];
  readonly doc: string;
}

type Attributes = Readonly<Record<string, Attribute>>;
const COMPONENTS: Readonly<Record<string, { readonly props: Attributes; readonly structural: boolean }>> = CATALOGUE;

export function attributesOf(type: string): readonly [readonly Attribute[], readonly Attribute[]] {
  const component = Object.hasOwn(COMPONENTS, type) ? COMPONENTS[type] : undefined;
  const own = component?.props ?? {};
  const shared: Attributes = component?.structural === true ? { id: COMMON.id } : COMMON;
  const common = Object.values(shared).filter(({ name }) => !Object.hasOwn(own, name));
  return [Object.values(own), common];
}
