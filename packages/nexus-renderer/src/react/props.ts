/**
 * The properties of components, typed and coerced by the catalogue.
 *
 * Only what the catalogue names reaches a component, each value as the type it names; everything
 * else in a node's properties is never looked at.
 */
import { CATALOGUE, COMMON } from "../generated/catalogue";
import type { PropSpec } from "../generated/protocol";
import { display } from "../model/display";
import { attempt, type Outcome, type Outcomes } from "../model/outcome";
import { checkUrl, type Url } from "../model/url";

export type ComponentName = keyof typeof CATALOGUE;
/** The components that have an implementation; the others are kinds of nodes of their own. */
export type DrawnName = Exclude<ComponentName, "If" | "Else" | "Iterate">;

interface ByType {
  string: string;
  number: number;
  boolean: boolean;
  condition: boolean;
  list: readonly unknown[];
  any: unknown;
  tool: string;
  name: string;
  module: string;
  expression: unknown;
  link: Url;
  image: Url;
}
type ValueOf<S> = S extends { type: "choice"; choices: readonly (infer C)[] }
  ? C
  : S extends { type: keyof ByType }
    ? ByType[S["type"]]
    : never;
type MaybeAbsent<S> = S extends { required: true } | { default: unknown } ? never : undefined;
type Typed<S> = {
  readonly [K in keyof S as S[K] extends { type: "binding" | "arguments" } ? never : K]:
    ValueOf<S[K]> | MaybeAbsent<S[K]>;
};

/** The properties of a component as its implementation gets them, the common ones included. */
export type PropsOf<N extends DrawnName> = Typed<(typeof CATALOGUE)[N]["props"]> &
  Typed<Omit<typeof COMMON, keyof (typeof CATALOGUE)[N]["props"]>>;

type Specs = Readonly<Record<string, PropSpec>>;

const specs = new Map<DrawnName, Specs>();

/** What the catalogue says of a component's properties, by name, the common ones included. */
export function specsOf(name: DrawnName): Specs {
  let known = specs.get(name);
  if (!known) {
    known = { ...COMMON, ...CATALOGUE[name].props };
    specs.set(name, known);
  }
  return known;
}

export const isDrawnName = (name: unknown): name is DrawnName =>
  typeof name === "string" &&
  Object.hasOwn(CATALOGUE, name) &&
  name !== "If" &&
  name !== "Else" &&
  name !== "Iterate";

/** Turn a value into the type a property has. Throws a TypeError where that cannot be. */
export function coerce(spec: PropSpec, value: unknown): unknown {
  switch (spec.type) {
    case "string":
    case "tool":
    case "name":
    case "module":
      return display(value);
    case "number":
      return asNumber(value);
    case "boolean":
    case "condition":
      return Boolean(value);
    case "choice":
      return spec.choices.includes(display(value)) ? value : spec.default;
    case "list":
      if (!Array.isArray(value)) throw new TypeError("not a list");
      return value;
    case "any":
    case "expression":
      return value;
    case "link":
    case "image":
      return checkUrl(display(value), spec.type);
    case "binding":
    case "arguments":
      return undefined;
  }
}

/** A component's properties as it gets them, and what went wrong with them. */
export interface DrawnProps {
  readonly props: Readonly<Record<string, unknown>>;
  /** What `bind` holds. */
  readonly bound: Outcome | undefined;
  /** What could not be evaluated. */
  readonly error: string | null;
  /** Whether it makes no sense without that. */
  readonly broken: boolean;
}

/** Turn outcomes, by names that the catalogue has, into what a component gets. */
export function readProps(type: DrawnName, outcomes: Outcomes, hasChildren: boolean): DrawnProps {
  const specs = specsOf(type);
  const props: Record<string, unknown> = { ...absentProps(type) };
  const errors: string[] = [];
  let broken = false;
  for (const name in outcomes) {
    const spec = specs[name] as PropSpec;
    const outcome = coerced(spec, outcomes[name] as Outcome);
    if (!outcome.ok) {
      errors.push(`${name}: ${outcome.error}`);
      broken ||= spec.required && !hasChildren;
    } else if (outcome.value !== null && outcome.value !== undefined) {
      props[name] = outcome.value;
    }
  }
  return { props, bound: outcomes.bind, error: errors.join("; ") || null, broken };
}

function coerced(spec: PropSpec, given: Outcome): Outcome {
  if (!given.ok || given.value === null || given.value === undefined) return given;
  return attempt(() => coerce(spec, given.value));
}

const absences = new Map<DrawnName, Readonly<Record<string, unknown>>>();

function absentProps(name: DrawnName): Readonly<Record<string, unknown>> {
  let known = absences.get(name);
  if (!known) {
    const all = Object.entries(specsOf(name));
    known = Object.fromEntries(all.map(([each, spec]) => [each, absent(spec)]));
    absences.set(name, known);
  }
  return known;
}

/** What stands for a property that has no value: its default, else the empty value of its type. */
function absent(spec: PropSpec): unknown {
  if (spec.default !== undefined && spec.default !== null) return spec.default;
  if (!spec.required) return undefined;
  if (spec.type === "list") return [];
  if (spec.type === "link" || spec.type === "image") return checkUrl("", spec.type);
  return spec.type === "any" ? null : "";
}

function asNumber(value: unknown): number {
  const number = typeof value === "number" ? value : Number(display(value).trim() || Number.NaN);
  if (!Number.isFinite(number)) throw new TypeError("not a number");
  return number;
}
