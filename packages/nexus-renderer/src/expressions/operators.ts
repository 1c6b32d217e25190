/** The binary operators, on values that may be anything an expression makes. */
import type { BinaryExpression } from "../generated/protocol";
import { hasMember } from "./access";
import { bounded, type Budget } from "./budget";
import { EvaluationError } from "./errors";

type Operator = Exclude<BinaryExpression["operator"], "instanceof">;

/** Apply an operator; objects are weighed first, since they may turn into text. */
export function binary(operator: Operator, left: unknown, right: unknown, budget: Budget): unknown {
  if (operator === "===") return left === right;
  if (operator === "!==") return left !== right;
  if (operator === "in") return isMember(left, right, budget);
  if (isObject(left)) budget.weigh(left);
  if (isObject(right)) budget.weigh(right);
  return arithmetic(operator, left as number, right as number);
}

function arithmetic(
  operator: Exclude<Operator, "===" | "!==" | "in">,
  left: number,
  right: number,
): unknown {
  switch (operator) {
    case "==":
      return left == right;
    case "!=":
      return left != right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "+":
      return sum(left, right);
    case "-":
      return left - right;
    case "*":
      return left * right;
    case "/":
      return left / right;
    case "%":
      return left % right;
    case "**":
      return left ** right;
    case "|":
      return left | right;
    case "^":
      return left ^ right;
    case "&":
      return left & right;
    case "<<":
      return left << right;
    case ">>":
      return left >> right;
    case ">>>":
      return left >>> right;
    default:
      return unknownOperator(operator);
  }
}

function sum(left: number, right: number): unknown {
  const result: unknown = left + right;
  return typeof result === "string" ? bounded(result) : result;
}

function isMember(key: unknown, holder: unknown, budget: Budget): boolean {
  if (!isObject(holder) && typeof holder !== "function") {
    throw new EvaluationError("the right side of in is not an object");
  }
  budget.weigh(key);
  return hasMember(holder, String(key));
}

const isObject = (value: unknown): value is object => typeof value === "object" && value !== null;

function unknownOperator(operator: never): never {
  throw new EvaluationError(`${String(operator)} is not an operator`);
}
