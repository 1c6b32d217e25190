/**
 * The globals of expressions: wrappers that count their work, with the statics they may show.
 *
 * They are functions and objects of the evaluator's own; the page's `Object` or `Array` never
 * becomes a value of an expression.
 */
import { bounded, lengthOf, type Budget } from "./budget";
import { EvaluationError } from "./errors";
import { itemsOf } from "./iterator";

type Callback = (...args: unknown[]) => unknown;
type Statics = ReadonlyMap<string, unknown>;

const statics = new WeakMap<object, Statics>();
const instances = new WeakMap<object, (value: unknown) => boolean>();

/** Tell whether a value is a global such as `Math`, whose members are its statics alone. */
export function isGlobal(value: unknown): boolean {
  return (isObject(value) || typeof value === "function") && statics.has(value);
}

/** The member of a global such as `Math`, boxed; `null` when it has none of that name. */
export function staticMember(value: unknown, key: string): { readonly value: unknown } | null {
  const members = statics.get(value as object);
  return members?.has(key) ? { value: members.get(key) } : null;
}

/** What `value instanceof constructor` gives, for the constructors there are. */
export function isInstance(value: unknown, constructor: unknown): boolean {
  const test = typeof constructor === "function" ? instances.get(constructor) : undefined;
  if (!test) throw new EvaluationError("the right side of instanceof is not a constructor");
  return test(value);
}

const made = new WeakMap<Budget, Map<string, unknown>>();

/**
 * Return a global of one evaluation, whose work counts against the budget, or `null`; the same
 * each time.
 */
export function globalOf(name: string, budget: Budget): { readonly value: unknown } | null {
  if (CONSTANTS.has(name)) return { value: CONSTANTS.get(name) };
  if (!Object.hasOwn(MAKERS, name)) return null;
  const known = made.get(budget) ?? new Map<string, unknown>();
  made.set(budget, known);
  if (!known.has(name)) known.set(name, MAKERS[name]?.(budget));
  return { value: known.get(name) };
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
  Math: () => define({ [Symbol.toStringTag]: "Math" }, MATH),
  JSON: (budget) =>
    define(
      { [Symbol.toStringTag]: "JSON" },
      {
        parse: (text: unknown, revive: unknown) => parseJson(text, revive, budget),
        stringify: (value: unknown, replacer: unknown, indent: unknown) =>
          stringify(value, replacer, indent, budget),
      },
    ),
  Number: (budget) =>
    define(
      converted(budget, (...given) => (given.length ? Number(given[0]) : 0)),
      {
        isFinite: Number.isFinite,
        isInteger: Number.isInteger,
        isNaN: Number.isNaN,
        isSafeInteger: Number.isSafeInteger,
        parseFloat: globalOf("parseFloat", budget)?.value,
        parseInt: globalOf("parseInt", budget)?.value,
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
      converted(budget, (...given) => (given.length ? bounded(String(given[0])) : "")),
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
      (...items: unknown[]) => budget.made(makeArray(items, budget)),
      {
        isArray: Array.isArray,
        of: (...items: unknown[]) => budget.made(items),
        from: (source: unknown, map?: unknown) => budget.made(arrayFrom(source, map, budget)),
      },
      Array.isArray,
    ),
  Object: (budget) =>
    define(
      (value: unknown) => value ?? budget.made({}),
      objectStatics(budget),
      (value) => isObject(value) || typeof value === "function",
    ),
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

function arrayFrom(source: unknown, map: unknown, budget: Budget): unknown[] {
  if (source === null || source === undefined) throw new EvaluationError("nothing is no list");
  if (map !== undefined && typeof map !== "function") {
    throw new EvaluationError("the second argument of Array.from is not a function");
  }
  const items = arrayLike(source, budget);
  return map
    ? items.map((item, index) => (map as (i: unknown, n: number) => unknown)(item, index))
    : items;
}

function arrayLike(source: unknown, budget: Budget): unknown[] {
  budget.spend(lengthOf(source));
  const items = itemsOf(source);
  if (items) return [...items];
  const declared =
    isObject(source) && Object.hasOwn(source, "length")
      ? (source as { length: unknown }).length
      : 0;
  const length = Math.max(0, Math.trunc(Number(declared)) || 0);
  budget.spend(length);
  return Array.from({ length }, (_, index) => (source as Record<number, unknown>)[index]);
}

/** What `Object`'s functions see of a value: its own members. */
function plain(value: unknown, budget: Budget): Record<string, unknown> {
  if (value === null || value === undefined)
    throw new EvaluationError("cannot take the members of nothing");
  if (typeof value === "function") return {};
  const members = Object(value) as Record<string, unknown>;
  budget.spend(lengthOf(value));
  budget.spend(Object.keys(members).length);
  return members;
}

function objectStatics(budget: Budget): Record<string, unknown> {
  return {
    keys: (value: unknown) => budget.made(Object.keys(plain(value, budget))),
    values: (value: unknown) => budget.made(Object.values(plain(value, budget))),
    entries: (value: unknown) => {
      const entries = Object.entries(plain(value, budget));
      for (const entry of entries) budget.made(entry);
      return budget.made(entries);
    },
    hasOwn: (value: unknown, key: unknown) => {
      budget.weigh(key);
      return Object.hasOwn(plain(value, budget), String(key));
    },
    is: (left: unknown, right: unknown) => Object.is(left, right),
    assign: (target: unknown, ...sources: unknown[]) => assign(target, sources, budget),
    fromEntries: (entries: unknown) => budget.made(fromEntries(entries, budget)),
  };
}

/**
 * Copy members into an object that the evaluation has made, or that has them already: what is
 * undefined is nowhere in the state, so setting it there changes nothing.
 */
function assign(target: unknown, sources: unknown[], budget: Budget): unknown {
  if (!Array.isArray(target) && !isPlain(target)) {
    throw new EvaluationError("Object.assign takes an object first");
  }
  const members = target as Record<string, unknown>;
  for (const source of sources) {
    if (source === null || source === undefined) continue;
    for (const [key, value] of Object.entries(plain(source, budget))) {
      const name = safeKey(key);
      const there = Object.hasOwn(members, name) || (value === undefined && isPlain(target));
      if (!budget.owns(members) && there && Object.is(members[name], value)) continue;
      budget.demandOwn(members);
      members[name] = value;
      budget.spend(lengthOf(members));
    }
  }
  return target;
}

function isPlain(value: unknown): boolean {
  if (!isObject(value) || statics.has(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

function fromEntries(entries: unknown, budget: Budget): Record<string, unknown> {
  const pairs = itemsOf(entries);
  if (!pairs) throw new EvaluationError("Object.fromEntries takes a list of pairs");
  budget.spend(pairs.length);
  const result: Record<string, unknown> = {};
  for (const pair of pairs) {
    if (!isObject(pair)) throw new EvaluationError("Object.fromEntries takes a list of pairs");
    const [key, value] = Array.isArray(pair) ? pair : [pair[0 as never], pair[1 as never]];
    budget.weigh(key);
    result[safeKey(key)] = value;
  }
  return result;
}

function parseJson(text: unknown, revive: unknown, budget: Budget): unknown {
  budget.weigh(text);
  const source = String(text);
  const value = checkedJson(JSON.parse(source), budget);
  if (typeof revive !== "function") return value;
  return JSON.parse(source, (key, member: unknown) => {
    budget.spend();
    return (revive as Callback)(key, isObject(member) ? budget.made(member) : member);
  });
}

/** What members' own `toJSON` and the replacer make is paid for while it is written. */
function stringify(value: unknown, replacer: unknown, indent: unknown, budget: Budget): unknown {
  const space = typeof indent === "number" || typeof indent === "string" ? indent : undefined;
  const replace = typeof replacer === "function" ? (replacer as Callback) : undefined;
  const counted = (key: string, member: unknown): unknown => {
    budget.spend(typeof member === "string" ? 1 + member.length / 16 : 1);
    return replace ? replace(key, member) : member;
  };
  budget.weigh(value);
  let text = JSON.stringify(value, counted, space);
  if (Array.isArray(replacer)) text = JSON.stringify(value, replacer as string[], space);
  return text === undefined ? undefined : bounded(text);
}

/** `JSON.parse` makes own `__proto__` members, which a spread would pass on. */
function checkedJson(value: unknown, budget: Budget): unknown {
  budget.weigh(value);
  const stack = [value];
  while (stack.length > 0) {
    const item = stack.pop();
    if (!isObject(item)) continue;
    budget.made(item);
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
