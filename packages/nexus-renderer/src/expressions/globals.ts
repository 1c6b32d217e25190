/**
 * The globals of expressions: wrappers that count their work, with the statics they may show.
 *
 * They are functions and objects of the evaluator's own; the page's `Object` or `Array` never
 * becomes a value of an expression.
 */
import { bounded, lengthOf, type Budget } from "./budget";
import { EvaluationError } from "./errors";

type Fn = (...args: never[]) => unknown;
type Statics = ReadonlyMap<string, unknown>;

const statics = new WeakMap<object, Statics>();
const instances = new WeakMap<object, (value: unknown) => boolean>();

/** The member of a global such as `Math`, boxed; `null` when the value is no global. */
export function staticMember(value: unknown, key: string): { readonly value: unknown } | null {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return null;
  const members = statics.get(value);
  return members ? { value: members.get(key) } : null;
}

/** What `value instanceof constructor` gives, for the constructors there are. */
export function isInstance(value: unknown, constructor: unknown): boolean {
  const test = typeof constructor === "function" ? instances.get(constructor) : undefined;
  if (!test) throw new EvaluationError("the right side of instanceof is not a constructor");
  return test(value);
}

/** Make a global for one evaluation, so that its work counts against the budget; or `null`. */
export function makeGlobal(name: string, budget: Budget): { readonly value: unknown } | null {
  if (CONSTANTS.has(name)) return { value: CONSTANTS.get(name) };
  return Object.hasOwn(MAKERS, name) ? { value: MAKERS[name]?.(budget) } : null;
}

const CONSTANTS: ReadonlyMap<string, unknown> = new Map([
  ["undefined", undefined],
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
]);

function define<T extends object>(
  value: T,
  members: Record<string, unknown>,
  is?: (v: unknown) => boolean,
): T {
  statics.set(value, new Map(Object.entries(members)));
  if (is) instances.set(value, is);
  return value;
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

const MATH: Record<string, unknown> = Object.fromEntries(
  Object.getOwnPropertyNames(Math).map((name) => [name, Math[name as keyof Math]]),
);

const MAKERS: Record<string, (budget: Budget) => unknown> = {
  Math: () => define({}, MATH),
  JSON: (budget) =>
    define(
      {},
      {
        parse: (text: unknown) => {
          budget.weigh(text);
          return checkedJson(JSON.parse(String(text)), budget);
        },
        stringify: (value: unknown, _replacer: unknown, indent: unknown) => {
          budget.weigh(value);
          const text = JSON.stringify(value, null, Math.min(Number(indent) || 0, 10));
          return text === undefined ? undefined : bounded(text);
        },
      },
    ),
  Number: (budget) =>
    define(
      converted(budget, (value = 0) => Number(value)),
      {
        isFinite: Number.isFinite,
        isInteger: Number.isInteger,
        isNaN: Number.isNaN,
        isSafeInteger: Number.isSafeInteger,
        parseFloat: converted(budget, (text) => Number.parseFloat(String(text))),
        parseInt: converted(budget, (text, radix) =>
          Number.parseInt(String(text), Number(radix ?? 10)),
        ),
        EPSILON: Number.EPSILON,
        MAX_SAFE_INTEGER: Number.MAX_SAFE_INTEGER,
        MAX_VALUE: Number.MAX_VALUE,
        MIN_SAFE_INTEGER: Number.MIN_SAFE_INTEGER,
        MIN_VALUE: Number.MIN_VALUE,
        NEGATIVE_INFINITY: Number.NEGATIVE_INFINITY,
        NaN: Number.NaN,
        POSITIVE_INFINITY: Number.POSITIVE_INFINITY,
      },
      () => false,
    ),
  String: (budget) =>
    define(
      converted(budget, (value = "") => bounded(String(value))),
      {
        fromCharCode: converted(budget, (...codes) => String.fromCharCode(...codes.map(Number))),
        fromCodePoint: converted(budget, (...codes) => String.fromCodePoint(...codes.map(Number))),
      },
      () => false,
    ),
  Boolean: () =>
    define(
      (value: unknown) => Boolean(value),
      {},
      () => false,
    ),
  Array: (budget) =>
    define(
      (...items: unknown[]) => makeArray(items, budget),
      {
        isArray: Array.isArray,
        of: (...items: unknown[]) => items,
        from: (source: unknown, map?: Fn) => arrayFrom(source, map, budget),
      },
      Array.isArray,
    ),
  Object: (budget) => define((value: unknown = {}) => value, objectStatics(budget), isObject),
  Date: (budget) =>
    define(
      () => String(new Date()),
      {
        now: () => Date.now(),
        parse: converted(budget, (text) => Date.parse(String(text))),
        UTC: converted(budget, (...parts) => Date.UTC(...(parts.map(Number) as [number]))),
      },
      (value) => value instanceof Date,
    ),
  parseInt: (budget) =>
    converted(budget, (text, radix) =>
      Number.parseInt(String(text), radix === undefined ? undefined : Number(radix)),
    ),
  parseFloat: (budget) => converted(budget, (text) => Number.parseFloat(String(text))),
  isNaN: (budget) => converted(budget, (value) => Number.isNaN(Number(value))),
  isFinite: (budget) => converted(budget, (value) => Number.isFinite(Number(value))),
};

/** A function that may turn its arguments into text or numbers, and pays for that. */
function converted(budget: Budget, call: (...args: unknown[]) => unknown) {
  return (...args: unknown[]): unknown => {
    budget.weigh(args);
    return call(...args);
  };
}

function makeArray(items: unknown[], budget: Budget): unknown[] {
  const [length] = items;
  if (items.length !== 1 || typeof length !== "number") return items;
  budget.spend(length);
  return new Array<unknown>(length);
}

function arrayFrom(source: unknown, map: Fn | undefined, budget: Budget): unknown[] {
  const items = arrayLike(source, budget);
  return map
    ? items.map((item, index) => (map as (i: unknown, n: number) => unknown)(item, index))
    : items;
}

function arrayLike(source: unknown, budget: Budget): unknown[] {
  budget.spend(lengthOf(source));
  if (typeof source === "string") return [...source];
  if (Array.isArray(source)) return Array.from(source as unknown[]);
  const declared =
    isObject(source) && Object.hasOwn(source, "length")
      ? (source as { length: unknown }).length
      : 0;
  const length = Math.max(0, Math.trunc(Number(declared)) || 0);
  budget.spend(length);
  return Array.from({ length }, (_, index) => (source as Record<number, unknown>)[index]);
}

function objectStatics(budget: Budget): Record<string, unknown> {
  const plain = (value: unknown): Record<string, unknown> => {
    if (value === null || value === undefined)
      throw new EvaluationError("cannot take the members of nothing");
    if (typeof value === "function") return {};
    const members = Object(value) as Record<string, unknown>;
    budget.spend(Object.keys(members).length);
    return members;
  };
  return {
    keys: (value: unknown) => Object.keys(plain(value)),
    values: (value: unknown) => Object.values(plain(value)),
    entries: (value: unknown) => Object.entries(plain(value)),
    hasOwn: (value: unknown, key: unknown) => Object.hasOwn(plain(value), String(key)),
    is: (left: unknown, right: unknown) => Object.is(left, right),
    assign: (...sources: unknown[]) =>
      Object.assign({}, ...sources.map((s) => (isObject(s) ? plain(s) : {}))) as unknown,
    fromEntries: (entries: unknown) => fromEntries(entries, budget),
    freeze: (value: unknown) => value,
  };
}

function fromEntries(entries: unknown, budget: Budget): Record<string, unknown> {
  if (!Array.isArray(entries))
    throw new EvaluationError("Object.fromEntries takes a list of pairs");
  budget.spend(entries.length);
  const result: Record<string, unknown> = {};
  for (const entry of entries as unknown[]) {
    if (!Array.isArray(entry))
      throw new EvaluationError("Object.fromEntries takes a list of pairs");
    result[safeKey(entry[0])] = entry[1];
  }
  return result;
}

/** `JSON.parse` makes own `__proto__` members, which a spread would pass on. */
function checkedJson(value: unknown, budget: Budget): unknown {
  budget.weigh(value);
  const stack = [value];
  while (stack.length > 0) {
    const item = stack.pop();
    if (!isObject(item)) continue;
    for (const [key, member] of Object.entries(item)) {
      safeKey(key);
      stack.push(member);
    }
  }
  return value;
}

/** Refuse the property names that lead out of the data. */
export function safeKey(value: unknown): string {
  const key = String(value);
  if (key === "__proto__" || key === "constructor" || key === "prototype") {
    throw new EvaluationError(`the property ${key} is not allowed`);
  }
  return key;
}
