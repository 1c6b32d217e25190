/**
 * The stretches of NXML that are JavaScript, which no regular expression finds: a handler up to
 * its closing tag, an expression up to the brace that closes it.
 */
import { ExternalTokenizer, type InputStream } from "@lezer/lr";

import {
  CdataCode,
  DoubleQuotedExpression,
  Expression,
  HandlerCode,
  SingleQuotedExpression,
} from "./nxml.grammar.terms";

const END_OF_INPUT = -1;
const HANDLER_END = "</Handler";
const CDATA_START = "<![CDATA[";
const CDATA_END = "]]>";

const [TAB, LINE_FEED, RETURN, SPACE] = [9, 10, 13, 32];
const [DOUBLE_QUOTE, SINGLE_QUOTE, BACKTICK, BACKSLASH] = [34, 39, 96, 92];
const [LESS_THAN, SLASH, OPEN_BRACE, CLOSE_BRACE] = [60, 47, 123, 125];

/** Hands out the token that the grammar wants here, where there is any text for it. */
export const code = new ExternalTokenizer((input, stack) => {
  if (stack.canShift(HandlerCode)) handlerCode(input);
  else if (stack.canShift(CdataCode)) upTo(input, CDATA_END, CdataCode);
  else if (stack.canShift(Expression)) expression(input, Expression, null);
  else if (stack.canShift(DoubleQuotedExpression)) {
    expression(input, DoubleQuotedExpression, DOUBLE_QUOTE);
  } else if (stack.canShift(SingleQuotedExpression)) {
    expression(input, SingleQuotedExpression, SINGLE_QUOTE);
  }
});

function handlerCode(input: InputStream): void {
  let offset = 0;
  while (isSpace(input.peek(offset))) offset++;
  if (!looksAt(input, CDATA_START, offset)) upTo(input, HANDLER_END, HandlerCode);
}

function upTo(input: InputStream, end: string, token: number): void {
  let length = 0;
  while (input.next !== END_OF_INPUT && !looksAt(input, end)) {
    input.advance();
    length++;
  }
  if (length > 0) input.acceptToken(token);
}

/** Everything up to the brace that closes it; an attribute's quote ends it in any case. */
function expression(input: InputStream, token: number, quote: number | null): void {
  let depth = 0;
  let length = 0;
  while (input.next !== END_OF_INPUT && input.next !== quote && !closesTag(input)) {
    if (input.next === CLOSE_BRACE && depth-- === 0) break;
    if (input.next === OPEN_BRACE) depth++;
    length += isQuote(input.next) ? string(input, quote) : step(input);
  }
  if (length > 0) input.acceptToken(token);
}

/** Step over a string literal, or up to the attribute's quote inside of it. */
function string(input: InputStream, quote: number | null): number {
  const end = input.next;
  let length = step(input);
  while (input.next !== END_OF_INPUT && input.next !== quote && input.next !== end) {
    if (input.next === BACKSLASH) length += step(input);
    length += step(input);
  }
  return input.next === end ? length + step(input) : length;
}

function step(input: InputStream): number {
  input.advance();
  return 1;
}

function looksAt(input: InputStream, text: string, offset = 0): boolean {
  for (let at = 0; at < text.length; at++) {
    if (input.peek(offset + at) !== text.charCodeAt(at)) return false;
  }
  return true;
}

const closesTag = (input: InputStream): boolean =>
  input.next === LESS_THAN && input.peek(1) === SLASH;

const isQuote = (unit: number): boolean =>
  unit === DOUBLE_QUOTE || unit === SINGLE_QUOTE || unit === BACKTICK;

const isSpace = (unit: number): boolean =>
  unit === SPACE || unit === TAB || unit === LINE_FEED || unit === RETURN;
