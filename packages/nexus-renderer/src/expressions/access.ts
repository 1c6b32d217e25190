/**
 * Member access and method calls, by allow-list.
 *
 * Data is reached through own properties only; methods come from the tables below, never from a
 * prototype; what is neither plain data nor a function of the evaluator cannot be touched at all.
 */
import { bounded, lengthOf, MAX_TEXT, type Budget } from "./budget";
import { EvaluationError } from "./errors";
import { isGlobal, staticMember } from "./globals";
import { ListIterator } from "./iterator";
import { guardMatch, makeRegExp } from "./regex";

export type Callable = (...args: unknown[]) => unknown;
type Method = (receiver: never, args: unknown[], budget: Budget) => unknown;
type Kind =
  | "string"
  | "number"
  | "boolean"
  | "list"
  | "date"
  | "regexp"
  | "iterator"
  | "object"
  | "function";

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);
const PATTERN_MEMBERS = new Set(
  "source flags global ignoreCase multiline dotAll unicode sticky hasIndices lastIndex".split(" "),
);

/** Turn a value into a property name; throws on the names that lead out of the data. */
export function propertyKey(value: unknown, budget: Budget): string {
  if (typeof value === "symbol") throw new EvaluationError("a symbol is no property name");
  budget.weigh(value);
  const key = String(value);
  if (FORBIDDEN.has(key)) throw new EvaluationError(`the property ${key} is not allowed`);
  return key;
}

/** Read a member of a value: `undefined` where there is none. */
export function getMember(value: unknown, key: string): unknown {
  const own = ownMember(value, key);
  if (own) return own.value;
  const method = METHODS[kindOf(value)].get(key);
  return method && unbound(method);
}

/** Find what `receiver.key(…)` calls: a function, or whatever else stands there. */
export function findMethod(receiver: unknown, key: string, budget: Budget): unknown {
  const own = ownMember(receiver, key);
  if (own) return own.value;
  const method = METHODS[kindOf(receiver)].get(key);
  return method && ((...args: unknown[]) => method(receiver as never, args, budget));
}

/** Read what is a value's own, boxed, or of a global: never what a prototype has. */
function ownMember(value: unknown, key: string): { readonly value: unknown } | null {
  if (FORBIDDEN.has(key)) throw new EvaluationError(`the property ${key} is not allowed`);
  if (value === null || value === undefined) {
    throw new EvaluationError(`cannot read "${key}" of ${value === null ? "null" : "undefined"}`);
  }
  if (isGlobal(value)) return staticMember(value, key);
  switch (kindOf(value)) {
    case "string":
    case "list":
    case "object":
      return Object.hasOwn(Object(value), key)
        ? { value: (value as Record<string, unknown>)[key] }
        : null;
    case "regexp":
      return PATTERN_MEMBERS.has(key) ? { value: value[key as keyof typeof value] } : null;
    default:
      return null;
  }
}

/** What tells whether an object has a member, inherited ones included, gives no way to it. */
export function hasMember(value: object, key: string): boolean {
  return staticMember(value, key) !== null || key in value;
}

const unboundMethods = new WeakMap<Method, Callable>();

/** A method as a value: the same each time, and without a receiver it only fails. */
function unbound(method: Method): Callable {
  let found = unboundMethods.get(method);
  if (!found) {
    found = () => {
      throw new EvaluationError("a method cannot be called without its value");
    };
    unboundMethods.set(method, found);
  }
  return found;
}

/** Tell what a value is; throws on anything that is not the evaluator's own or plain data. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case "string":
    case "number":
    case "boolean":
    case "function":
      return typeof value as Kind;
    case "object":
      break;
    default:
      throw new EvaluationError(`a ${typeof value} has no members`);
  }
  if (Array.isArray(value)) return "list";
  if (value instanceof Date) return "date";
  if (value instanceof RegExp) return "regexp";
  if (value instanceof ListIterator) return "iterator";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "object";
  throw new EvaluationError("this object cannot be used in an expression");
}

// ---- the tables

function native(
  prototype: object,
  names: string,
  cost: (budget: Budget, receiver: unknown, args: unknown[]) => void,
) {
  return names.split(" ").map((name): [string, Method] => {
    const call = (prototype as Record<string, Callable>)[name] as Callable;
    return [
      name,
      (receiver: unknown, args, budget) => {
        cost(budget, receiver, args);
        return Reflect.apply(call, receiver, args);
      },
    ];
  });
}

/** Methods whose result is a list of the evaluation's own. */
function making(methods: [string, Method][]): [string, Method][] {
  return methods.map(([name, method]) => [
    name,
    (receiver, args, budget) => {
      const result = method(receiver, args, budget);
      return typeof result === "object" && result !== null ? budget.made(result) : result;
    },
  ]);
}

const weighAll = (budget: Budget, receiver: unknown, args: unknown[]): void => {
  budget.spend(1 + lengthOf(receiver) / 16);
  for (const arg of args) budget.weigh(arg);
};
const walkList = (budget: Budget, receiver: unknown, args: unknown[]): void => {
  budget.spend(args.reduce((sum: number, arg) => sum + lengthOf(arg), lengthOf(receiver)));
};
const weighList = (budget: Budget, receiver: unknown, args: unknown[]): void => {
  budget.weigh(receiver);
  budget.weigh(args);
};

function asRegExp(pattern: unknown, flags: string): RegExp {
  return pattern instanceof RegExp ? pattern : makeRegExp(String(pattern ?? ""), flags);
}

function withPattern(name: "match" | "matchAll" | "search"): [string, Method] {
  return [
    name,
    (text: string, [pattern], budget) => {
      budget.weigh(pattern);
      const regex = asRegExp(pattern, name === "matchAll" ? "g" : "");
      guardMatch(regex, text);
      budget.spend(text.length);
      if (name !== "matchAll") return text[name](regex);
      const found = Array.from(text.matchAll(regex), (match) => budget.made(match));
      return new ListIterator(found, "RegExp String Iterator");
    },
  ];
}

/** A replacement may repeat the text at each match: the product bounds the result. */
function withReplacement(name: "replace" | "replaceAll"): [string, Method] {
  return [
    name,
    (text: string, [pattern, replacement], budget) => {
      budget.weigh([pattern, replacement]);
      budget.spend(text.length);
      const wanted = pattern instanceof RegExp ? pattern : String(pattern);
      if (wanted instanceof RegExp) guardMatch(wanted, text);
      if (typeof replacement === "function") {
        return bounded(
          text[name](wanted, (...parts: unknown[]) =>
            bounded(String((replacement as Callable)(...parts))),
          ),
        );
      }
      const insert = String(replacement);
      const once = insert.length + (insert.split("$").length - 1) * text.length;
      if ((text.length + 1) * once > MAX_TEXT * 10)
        throw new EvaluationError("the text grows too long");
      return bounded(text[name](wanted, insert));
    },
  ];
}

function padded(name: "padStart" | "padEnd"): [string, Method] {
  return [
    name,
    (text: string, [length, fill = " "], budget) => {
      budget.weigh([length, fill]);
      if (Number(length) > MAX_TEXT) throw new EvaluationError("the text grows too long");
      return text[name](Number(length), String(fill));
    },
  ];
}

const STRING: [string, Method][] = [
  ...native(
    String.prototype,
    "at charAt charCodeAt codePointAt concat endsWith includes indexOf isWellFormed lastIndexOf " +
      "localeCompare normalize slice startsWith substring substr toLocaleLowerCase toWellFormed " +
      "toLocaleUpperCase toLowerCase toString toUpperCase trim trimEnd trimStart valueOf " +
      "anchor big blink bold fixed fontcolor fontsize italics link small strike sub sup",
    weighAll,
  ),
  ...making([withPattern("match")]),
  withPattern("matchAll"),
  withPattern("search"),
  withReplacement("replace"),
  withReplacement("replaceAll"),
  padded("padStart"),
  padded("padEnd"),
  [
    "repeat",
    (text: string, [count], budget) => {
      budget.weigh(count);
      if (text.length * Number(count) > MAX_TEXT)
        throw new EvaluationError("the text grows too long");
      return text.repeat(Number(count));
    },
  ],
  ...making([
    [
      "split",
      (text: string, [separator, limit], budget) => {
        budget.weigh([separator, limit]);
        budget.spend(text.length);
        if (separator instanceof RegExp) guardMatch(separator, text);
        const mark =
          separator instanceof RegExp || separator === undefined ? separator : String(separator);
        return text.split(mark as string, limit === undefined ? undefined : Number(limit));
      },
    ],
  ]),
];

/**
 * A method that changes its list. On one that the evaluation has not made it runs on a copy, and
 * fails when that changed: what leaves the state as it is may be done.
 */
function changing(names: string): [string, Method][] {
  return names.split(" ").map((name) => [
    name,
    (list: unknown[], args, budget) => {
      walkList(budget, list, args);
      if (name === "sort" && args[0] === undefined) budget.weigh(list);
      const call = Array.prototype[name as "sort"];
      if (budget.owns(list)) return Reflect.apply(call, list, args);
      const copy = [...list];
      const result: unknown = Reflect.apply(call, copy, args);
      const same = copy.length === list.length && copy.every((v, i) => Object.is(v, list[i]));
      if (!same) budget.demandOwn(list);
      return result === copy ? list : result;
    },
  ]);
}

/** `toSorted` and its kin: the method that changes a list, on a copy. */
const onCopy = (name: string, method: "sort" | "reverse" | "splice"): [string, Method] => [
  name,
  (list: unknown[], args, budget) => {
    walkList(budget, list, args);
    if (name === "toSorted" && args[0] === undefined) budget.weigh(list);
    const copy = [...list];
    Reflect.apply(copy[method], copy, args);
    return copy;
  },
];

const listed = (name: "entries" | "keys" | "values"): [string, Method] => [
  name,
  (list: unknown[], _args, budget) => {
    budget.spend(list.length);
    const items = [...(list[name]() as Iterable<unknown>)];
    if (name === "entries") for (const pair of items) budget.made(pair as object);
    return new ListIterator(items, "Array Iterator");
  },
];

const LIST: [string, Method][] = [
  ...native(
    Array.prototype,
    "at every find findIndex findLast findLastIndex forEach includes indexOf lastIndexOf reduce " +
      "reduceRight some valueOf",
    walkList,
  ),
  ...making([
    ...native(Array.prototype, "concat filter flatMap map slice with", walkList),
    ...native(Array.prototype, "flat", weighList),
    onCopy("toSorted", "sort"),
    onCopy("toReversed", "reverse"),
    onCopy("toSpliced", "splice"),
    ...changing("splice"),
  ]),
  ...native(Array.prototype, "toLocaleString toString", weighList),
  [
    "join",
    (list: unknown[], [separator = ","], budget) => {
      budget.weigh(list);
      budget.weigh(separator);
      const mark = String(separator);
      if (mark.length * list.length > MAX_TEXT)
        throw new EvaluationError("the text grows too long");
      return bounded(list.join(mark));
    },
  ],
  ...changing("copyWithin fill pop push reverse shift sort unshift"),
  listed("entries"),
  listed("keys"),
  listed("values"),
];

const matching = (name: "test" | "exec"): [string, Method] => [
  name,
  (regex: RegExp, [value], budget) => {
    budget.weigh(value);
    const text = String(value);
    guardMatch(regex, text);
    budget.spend(text.length);
    return regex[name](text);
  },
];

const DATE_METHODS = Object.getOwnPropertyNames(Date.prototype)
  .filter((name) => /^(?:get|set|to[A-Z]|valueOf)/.test(name))
  .join(" ");

/** What every object has. */
const ANY = native(Object.prototype, "hasOwnProperty propertyIsEnumerable", weighAll);
const OBJECT = native(Object.prototype, "toString valueOf", weighAll);

const METHODS: Record<Kind, ReadonlyMap<string, Method>> = {
  string: new Map([...ANY, ...STRING]),
  list: new Map([...ANY, ...LIST]),
  number: new Map([
    ...ANY,
    ...native(
      Number.prototype,
      "toExponential toFixed toLocaleString toPrecision toString valueOf",
      weighAll,
    ),
  ]),
  boolean: new Map([...ANY, ...native(Boolean.prototype, "toString valueOf", weighAll)]),
  date: new Map([...ANY, ...native(Date.prototype, DATE_METHODS, weighAll)]),
  regexp: new Map([
    ...ANY,
    ...OBJECT,
    matching("test"),
    ...making([matching("exec")]),
    ...native(RegExp.prototype, "toString", weighAll),
  ]),
  iterator: new Map([...ANY, ...OBJECT]),
  object: new Map([...ANY, ...OBJECT]),
  function: new Map(),
};
