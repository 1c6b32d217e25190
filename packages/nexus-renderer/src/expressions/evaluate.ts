/**
 * Walk an expression's ESTree and give its value.
 *
 * Text is never evaluated: the parser made the tree, and only the node types below exist. The
 * walk counts its steps and tells which places of `$state` and `$scope` it read. What members and
 * methods a value has is `access.ts`'s business, what is cached is the model's.
 */
import type {
  CallExpression,
  Expression,
  Identifier,
  LiteralExpression,
  MemberExpression,
  ObjectExpression,
  PatternProperty,
  Pattern,
  RestElement,
  SpreadElement,
  UnaryExpression,
} from "../generated/protocol";
import { type Callable, findMethod, getMember, propertyKey } from "./access";
import { bounded, Budget, lengthOf } from "./budget";
import { EvaluationError } from "./errors";
import { globalOf, isInstance, safeKey } from "./globals";
import { itemsOf } from "./iterator";
import { binary } from "./operators";
import { makeRegExp } from "./regex";

export type RootName = "$state" | "$scope";

/** Where an expression reaches the panel. */
export interface Root {
  /** The value of one member: `$state.todos`. */
  member(key: string): unknown;
  /** All of it as one object, where the root itself is used as a value. */
  whole(): unknown;
}

export interface Environment {
  readonly $state: Root;
  readonly $scope: Root;
  /** Hears of every place that is read, as deep as the expression goes. */
  readonly record?: (root: RootName, path: readonly string[], value: unknown) => void;
}

/** Evaluate an expression. Throws an EvaluationError, or what JavaScript itself throws. */
export function evaluate(
  tree: Expression,
  environment: Environment,
  budget = new Budget(),
): unknown {
  return new Interpreter(environment, budget).value(tree, null);
}

/** Parameters of the arrow functions around an expression. */
interface Locals {
  readonly names: ReadonlyMap<string, unknown>;
  readonly outer: Locals | null;
}

/** A value and, where it comes straight from a root, the path it was reached by. */
interface Reference {
  readonly value: unknown;
  readonly root?: RootName;
  readonly path?: readonly string[];
}

/** What is called, and its name for an error. */
interface Callee {
  readonly call: unknown;
  readonly name: string;
}

/** What a `?.` gives when there is nothing before it. */
const CUT = Symbol("cut short");

/** Recorded for a read that threw: equal to no value, so that it is tried again. */
const FAILED = Symbol("failed");

class Interpreter {
  readonly #environment: Environment;
  readonly #budget: Budget;

  constructor(environment: Environment, budget: Budget) {
    this.#environment = environment;
    this.#budget = budget;
  }

  value(node: Expression, locals: Locals | null): unknown {
    this.#budget.spend();
    switch (node.type) {
      case "Literal":
        return literal(node);
      case "Identifier":
      case "MemberExpression":
      case "CallExpression":
      case "ChainExpression":
        return this.#read(this.#reference(node, locals));
      case "TemplateLiteral":
        return this.#template(
          node.quasis.map((q) => q.value.cooked),
          node.expressions,
          locals,
        );
      case "UnaryExpression":
        return this.#unary(node, locals);
      case "BinaryExpression":
        if (node.operator === "instanceof") {
          return isInstance(this.value(node.left, locals), this.value(node.right, locals));
        }
        return binary(
          node.operator,
          this.value(node.left, locals),
          this.value(node.right, locals),
          this.#budget,
        );
      case "LogicalExpression":
        return this.#logical(node.operator, node.left, node.right, locals);
      case "ConditionalExpression":
        return this.value(this.value(node.test, locals) ? node.consequent : node.alternate, locals);
      case "ArrayExpression":
        return this.#budget.made(this.#list(node.elements, locals));
      case "ObjectExpression":
        return this.#budget.made(this.#object(node, locals));
      case "ArrowFunctionExpression":
        return (...args: unknown[]) => {
          this.#budget.spend();
          return this.value(node.body, this.#bindAll(node.params, args, locals));
        };
      case "NewExpression":
        return this.#construct(node.callee, this.#list(node.arguments, locals));
      default:
        return unknownNode(node);
    }
  }

  // ---- names, members, calls

  #read(reference: Reference | typeof CUT): unknown {
    if (reference === CUT) return undefined;
    const { root, path, value } = reference;
    if (!root || !path) return value;
    const read = path.length === 0 ? this.#environment[root].whole() : value;
    this.#environment.record?.(root, path, read);
    return read;
  }

  #reference(node: Expression, locals: Locals | null): Reference | typeof CUT {
    switch (node.type) {
      case "Identifier":
        return this.#name(node.name, locals);
      case "MemberExpression":
        return this.#member(node, locals);
      case "CallExpression":
        return this.#call(node, locals);
      case "ChainExpression": {
        const reference = this.#reference(node.expression, locals);
        return reference === CUT ? { value: undefined } : reference;
      }
      default:
        return { value: this.value(node, locals) };
    }
  }

  #name(name: string, locals: Locals | null): Reference {
    for (let frame = locals; frame; frame = frame.outer) {
      if (frame.names.has(name)) return { value: frame.names.get(name) };
    }
    if (name === "$state" || name === "$scope") return { value: undefined, root: name, path: [] };
    if (name === "$args") return { value: {} };
    return { value: this.#global(name) };
  }

  #global(name: string): unknown {
    const found = globalOf(name, this.#budget);
    if (!found) throw new EvaluationError(`${String(name)} is not defined`);
    return found.value;
  }

  #member(node: MemberExpression, locals: Locals | null): Reference | typeof CUT {
    this.#budget.spend();
    const object = this.#reference(node.object, locals);
    if (object === CUT || (node.optional && this.#isNothing(object))) return CUT;
    const key = this.#key(node, locals);
    const { root, path } = object;
    if (!root || !path) return { value: getMember(object.value, key) };
    const deeper = path.concat(key);
    try {
      const value =
        path.length === 0 ? this.#environment[root].member(key) : getMember(object.value, key);
      return { value, root, path: deeper };
    } catch (error) {
      // A read that fails is a read too: another time it may succeed.
      this.#environment.record?.(root, deeper, FAILED);
      throw error;
    }
  }

  /** Tell whether there is nothing before a `?.`, which is a read of its own. */
  #isNothing(object: Reference): boolean {
    if (object.path?.length === 0) return false;
    const nothing = object.value === null || object.value === undefined;
    if (nothing) this.#read(object);
    return nothing;
  }

  #key(node: MemberExpression, locals: Locals | null): string {
    if (node.computed) return propertyKey(this.value(node.property, locals), this.#budget);
    if (node.property.type !== "Identifier") throw new EvaluationError("a property has no name");
    return propertyKey(node.property.name, this.#budget);
  }

  #call(node: CallExpression, locals: Locals | null): Reference | typeof CUT {
    this.#budget.spend();
    const bracketed = node.callee.type === "ChainExpression";
    const found = this.#callee(unchained(node.callee), locals);
    if (found === CUT && !bracketed) return CUT;
    // Brackets end a chain: `(a?.b)()` calls undefined.
    const called = found === CUT ? { call: undefined, name: "the value" } : found;
    if (node.optional && (called.call === undefined || called.call === null)) return CUT;
    const call = called.call;
    if (typeof call !== "function") throw new EvaluationError(`${called.name} is not a function`);
    return { value: (call as Callable)(...this.#list(node.arguments, locals)) };
  }

  #callee(callee: Expression, locals: Locals | null): Callee | typeof CUT {
    if (callee.type === "MemberExpression") return this.#method(callee, locals);
    const reference = this.#reference(callee, locals);
    return reference === CUT ? CUT : { call: this.#read(reference), name: nameOf(callee) };
  }

  #method(callee: MemberExpression, locals: Locals | null): Callee | typeof CUT {
    const object = this.#reference(callee.object, locals);
    if (object === CUT || (callee.optional && this.#isNothing(object))) return CUT;
    const receiver = this.#read(object);
    const key = this.#key(callee, locals);
    return { call: findMethod(receiver, key, this.#budget), name: key };
  }

  #construct(callee: Identifier, args: unknown[]): Date {
    if (callee.name !== "Date") throw new EvaluationError("only new Date(…) is allowed");
    this.#budget.weigh(args);
    return new Date(...(args as [number]));
  }

  // ---- operators and literals

  #unary(node: UnaryExpression, locals: Locals | null): unknown {
    const value = this.value(node.argument, locals);
    if (node.operator !== "typeof" && node.operator !== "!") this.#budget.weigh(value);
    switch (node.operator) {
      case "-":
        return -(value as number);
      case "+":
        return +(value as number);
      case "!":
        return !value;
      case "~":
        return ~(value as number);
      case "typeof":
        return typeof value;
      case "void":
        return undefined;
      default:
        return unknownNode(node.operator);
    }
  }

  #logical(operator: string, left: Expression, right: Expression, locals: Locals | null): unknown {
    const value = this.value(left, locals);
    if (operator === "&&") return value ? this.value(right, locals) : value;
    if (operator === "||") return value ? value : this.value(right, locals);
    return value ?? this.value(right, locals);
  }

  #template(
    texts: readonly string[],
    values: readonly Expression[],
    locals: Locals | null,
  ): string {
    let text = texts[0] ?? "";
    values.forEach((expression, index) => {
      const value = this.value(expression, locals);
      this.#budget.weigh(value);
      text = bounded(`${text}${String(value)}${texts[index + 1] ?? ""}`);
    });
    return text;
  }

  #list(elements: readonly (Expression | SpreadElement)[], locals: Locals | null): unknown[] {
    const items: unknown[] = [];
    for (const element of elements) {
      if (element.type !== "SpreadElement") items.push(this.value(element, locals));
      else for (const item of this.#iterable(element.argument, locals)) items.push(item);
    }
    return items;
  }

  #iterable(node: Expression, locals: Locals | null): readonly unknown[] {
    const value = this.value(node, locals);
    this.#budget.spend(lengthOf(value));
    const items = itemsOf(value);
    if (!items) throw new EvaluationError("only a list or a text can be spread here");
    this.#budget.spend(items.length);
    return items;
  }

  #object(node: ObjectExpression, locals: Locals | null): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const property of node.properties) {
      if (property.type === "SpreadElement") {
        const value = this.value(property.argument, locals);
        if (typeof value === "function" || value === null || value === undefined) continue;
        const members = Object.entries(value);
        this.#budget.spend(members.length);
        for (const [key, member] of members) result[safeKey(key)] = member;
      } else {
        result[this.#propertyName(property, locals)] = this.value(property.value, locals);
      }
    }
    return result;
  }

  #propertyName(property: { key: Expression; computed: boolean }, locals: Locals | null): string {
    const { key, computed } = property;
    if (!computed && key.type === "Identifier") return safeKey(key.name);
    return propertyKey(this.value(key, locals), this.#budget);
  }

  // ---- parameters

  #bindAll(params: readonly Pattern[], args: unknown[], outer: Locals | null): Locals {
    const names = new Map<string, unknown>();
    const locals = { names, outer };
    params.forEach((param, index) => {
      const rest = param.type === "RestElement";
      const value = rest ? this.#budget.made(args.slice(index)) : args[index];
      this.#bind(param, value, names, locals);
    });
    return locals;
  }

  #bind(pattern: Pattern, value: unknown, names: Map<string, unknown>, locals: Locals): void {
    this.#budget.spend();
    switch (pattern.type) {
      case "Identifier":
        names.set(pattern.name, value);
        return;
      case "AssignmentPattern":
        return this.#bind(
          pattern.left,
          value === undefined ? this.value(pattern.right, locals) : value,
          names,
          locals,
        );
      case "ArrayPattern":
        return this.#bindList(pattern.elements, value, names, locals);
      case "ObjectPattern":
        return this.#bindMembers(pattern.properties, value, names, locals);
      case "RestElement":
        return this.#bind(pattern.argument, value, names, locals);
      default:
        return unknownNode(pattern);
    }
  }

  #bindList(
    elements: readonly (Pattern | null)[],
    value: unknown,
    names: Map<string, unknown>,
    locals: Locals,
  ): void {
    const rest = elements.at(-1)?.type === "RestElement";
    this.#budget.spend(lengthOf(value));
    const items = itemsOf(value, rest ? undefined : elements.length);
    if (!items) throw new EvaluationError("only a list or a text can be taken apart by position");
    elements.forEach((element, index) => {
      const isRest = element?.type === "RestElement";
      const item = isRest ? this.#budget.made(items.slice(index)) : items[index];
      if (element) this.#bind(element, item, names, locals);
    });
  }

  #bindMembers(
    properties: readonly (PatternProperty | RestElement)[],
    value: unknown,
    names: Map<string, unknown>,
    locals: Locals,
  ): void {
    if (value === null || value === undefined)
      throw new EvaluationError("nothing cannot be taken apart");
    const taken = new Set<string>();
    for (const property of properties) {
      if (property.type === "RestElement") {
        const members = typeof value === "function" ? {} : value;
        const rest = Object.entries(members).filter(([key]) => !taken.has(key));
        this.#budget.spend(rest.length);
        const own = this.#budget.made(Object.fromEntries(rest));
        this.#bind(property.argument, own, names, locals);
        continue;
      }
      const key = this.#propertyName(property, locals);
      taken.add(key);
      this.#bind(property.value, getMember(value, key), names, locals);
    }
  }
}

function literal(node: LiteralExpression): unknown {
  return node.regex ? makeRegExp(node.regex.pattern, node.regex.flags) : (node.value ?? null);
}

function unchained(node: Expression): Expression {
  return node.type === "ChainExpression" ? node.expression : node;
}

const nameOf = (node: Expression): string => (node.type === "Identifier" ? node.name : "the value");

function unknownNode(node: never): never {
  const type: unknown = (node as { type?: unknown } | null)?.type ?? node;
  throw new EvaluationError(`${String(type)} is not part of an expression`);
}
