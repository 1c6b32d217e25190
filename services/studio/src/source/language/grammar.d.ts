/** What the build makes of `nxml.grammar`. */
declare module "*.grammar" {
  import type { LRParser } from "@lezer/lr";
  export const parser: LRParser;
}

declare module "*.grammar.terms" {
  export const HandlerCode: number;
  export const CdataCode: number;
  export const Expression: number;
  export const DoubleQuotedExpression: number;
  export const SingleQuotedExpression: number;
}
