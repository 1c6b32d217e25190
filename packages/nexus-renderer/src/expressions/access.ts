/**
 * Member access and method calls, by allow-list.
 *
 * Data is reached through own properties only; methods come from the tables below, never from a
 * prototype; what is neither plain data nor a function of the evaluator cannot be touched at all.
 */
import { bounded, lengthOf, MAX_TEXT, type Budget } from "./budget";
import { EvaluationError } from "./errors";
import { staticMember } from "./globals";
import { guardMatch, makeRegExp } from "./regex";

export type Callable = (...args: unknown[]) => unknown;
type Method = (receiver: never, args: unknown[], budget: Budget) => unknown;
type Kind = "string" | "number" | "boolean" | "list" | "date" | "regexp" | "object" | "function";

const FORBIDDEN = new Set(["__proto__", "constructor", "prototype"]);

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
  if (FORBIDDEN.has(key)) throw new EvaluationError(`the property ${key} is not allowed`);
  if (value === null || value === undefined) {
    throw new EvaluationError(`cannot read "${key}" of ${value === null ? "null" : "undefined"}`);
  }
  const known = staticMember(value, key);
  if (known) return known.value;
  switch (kindOf(value)) {
    case "string":
    case "list":
    case "object":
      return Object.hasOwn(Object(value), key)
        ? (value as Record<string, unknown>)[key]
        : undefined;
    case "regexp":
      return key === "source" || key === "flags" ? (value as RegExp)[key] : undefined;
    default:
      return undefined;
  }
}

/** Find what `receiver.key(…)` calls, or `undefined` where there is no such method. */
export function findMethod(receiver: unknown, key: string, budget: Budget): Callable | undefined {
  const own = getMember(receiver, key);
  if (typeof own === "function") return own as Callable;
  if (own !== undefined) return undefined;
  const method = METHODS[kindOf(receiver)].get(key);
  return method && ((...args) => method(receiver as never, args, budget));
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
      const found: unknown = name === "matchAll" ? [...text.matchAll(regex)] : text[name](regex);
      return found;
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
      "toLocaleUpperCase toLowerCase toString toUpperCase trim trimEnd trimStart valueOf",
    weighAll,
  ),
  withPattern("match"),
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
];

const onCopy = (name: "sort" | "reverse"): [string, Method] => [
  name,
  (list: unknown[], args, budget) => {
    budget.spend(list.length);
    if (name === "sort" && args[0] === undefined) budget.weigh(list);
    const copy = [...list];
    return name === "sort"
      ? copy.sort(args[0] as (a: unknown, b: unknown) => number)
      : copy.reverse();
  },
];

const listed = (name: "entries" | "keys" | "values"): [string, Method] => [
  name,
  (list: unknown[], _args, budget) => {
    budget.spend(list.length);
    return [...(list[name]() as Iterable<unknown>)];
  },
];

/** `sort` and `reverse` work on a copy: the state is nobody's to reorder. */
const LIST: [string, Method][] = [
  ...native(
    Array.prototype,
    "at concat every filter find findIndex findLast findLastIndex flatMap forEach includes indexOf " +
      "lastIndexOf map reduce reduceRight slice some with",
    walkList,
  ),
  ...native(Array.prototype, "flat toLocaleString toString", weighList),
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
  onCopy("sort"),
  onCopy("reverse"),
  ["toSorted", onCopy("sort")[1]],
  ["toReversed", onCopy("reverse")[1]],
  [
    "toSpliced",
    (list: unknown[], args, budget) => {
      walkList(budget, list, args);
      const copy = [...list];
      Reflect.apply(copy.splice, copy, args);
      return copy;
    },
  ],
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

const METHODS: Record<Kind, ReadonlyMap<string, Method>> = {
  string: new Map(STRING),
  list: new Map(LIST),
  number: new Map(
    native(
      Number.prototype,
      "toExponential toFixed toLocaleString toPrecision toString valueOf",
      weighAll,
    ),
  ),
  boolean: new Map(native(Boolean.prototype, "toString valueOf", weighAll)),
  date: new Map(native(Date.prototype, DATE_METHODS, weighAll)),
  regexp: new Map([
    matching("test"),
    matching("exec"),
    ...native(RegExp.prototype, "toString", weighAll),
  ]),
  object: new Map(native(Object.prototype, "hasOwnProperty toString", weighAll)),
  function: new Map(),
};
