"""The values that JavaScript literals stand for.

Knows how numbers, strings and regular expressions are spelled; where a literal stands is not its
business.
"""

import math
import re

from nexus_protocol.strict_json import MAX_INTEGER

_NUMBER = re.compile(
    r"(?:0[xX](?P<hex>[\da-fA-F]+(?:_[\da-fA-F]+)*)"
    r"|0[oO](?P<octal>[0-7]+(?:_[0-7]+)*)"
    r"|0[bB](?P<binary>[01]+(?:_[01]+)*)"
    r"|(?P<decimal>(?:(?:0|[1-9](?:_?\d)*)(?:\.(?:\d(?:_?\d)*)?)?|\.\d(?:_?\d)*)(?:[eE][+-]?\d(?:_?\d)*)?))",
    re.ASCII,
)
_BASES = {"hex": 16, "octal": 8, "binary": 2}
_ESCAPE = re.compile(
    r"\\(?:u\{(?P<point>[\da-fA-F]{1,6})\}|u(?P<unit>[\da-fA-F]{4})|x(?P<byte>[\da-fA-F]{2})"
    r"|(?P<zero>0(?!\d))|(?P<line>\r\n|[\n\r\u2028\u2029])|(?P<other>[^ux\d]))",
    re.DOTALL,
)
_BACKSLASH = re.compile(r"\\.?", re.DOTALL)
_SIMPLE = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v"}
_REGEX_FLAGS = re.compile(r"(?!.*(.).*\1)[dgimsuvy]*")
_REGEX_PIECE = re.compile(
    r"\\.|\[(?:[^\]\\]|\\.)*\]|(?P<open>\()|(?P<close>\))|(?P<many>[*+]|\{\d+,\d*\})|.", re.DOTALL
)


class LiteralError(ValueError):
    """Raised when a literal has no value that JSON can carry; says why in words for an author."""


def number_value(text: str) -> int | float:
    """Return the value of a number literal.

    Raises:
        LiteralError: a BigInt, a legacy octal, or a number that is not finite.

    """
    spelled = _NUMBER.fullmatch(text)
    if spelled is None:
        raise LiteralError("Write a plain number: no `n` at its end, no zero before it.")
    digits = text.replace("_", "")
    for name, base in _BASES.items():
        if spelled[name]:
            return _exact(int(digits[2:], base))
    if digits.isdigit() and len(digits) <= 20:
        return _exact(int(digits))
    value = float(digits)
    if not math.isfinite(value):
        raise LiteralError("Write a number that is finite, or `Infinity`.")
    return value


def _exact(value: int) -> int | float:
    """Return an integer as JavaScript holds it."""
    if value <= MAX_INTEGER:
        return value
    try:
        return float(value)
    except OverflowError:
        raise LiteralError("Write a number that is finite, or `Infinity`.") from None


def unescape(raw: str) -> str:
    """Return the text that a string literal's inside stands for.

    Raises:
        LiteralError: an escape that JavaScript has not, half a surrogate pair, or U+0000.

    """
    if "\\" not in raw:
        return raw
    if any(not _ESCAPE.match(raw, found.start()) for found in _BACKSLASH.finditer(raw)):
        raise LiteralError("Write escapes such as `\\n`, `\\u00e9` or `\\u{1f600}`.")
    text = _ESCAPE.sub(_escaped, raw)
    try:
        text = text.encode("utf-16", "surrogatepass").decode("utf-16")
    except UnicodeDecodeError:
        raise LiteralError("Write both halves of a surrogate pair, or `\\u{…}`.") from None
    if "\0" in text:
        raise LiteralError("Leave U+0000 out; it cannot be stored.")
    return text


def _escaped(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "point" | "unit" | "byte" as group:
            number = int(found[group], 16)
            if number > 0x10FFFF:
                raise LiteralError("Write a code point up to `\\u{10ffff}`.")
            return chr(number)
        case "zero":
            return "\0"
        case "line":
            return ""
        case _:
            return _SIMPLE.get(found["other"], found["other"])


def check_regex(pattern: str, flags: str) -> None:
    """Refuse a regular expression that may take time without bound.

    Raises:
        LiteralError: unknown flags, or a repetition inside a repetition.

    """
    if len(flags) > 8 or not _REGEX_FLAGS.fullmatch(flags):
        raise LiteralError("Use each of the flags d g i m s u v y at most once.")
    repeats = [False]  # for each open group, whether something in it repeats
    closed_repeating = False
    for piece in _REGEX_PIECE.finditer(pattern):
        match piece.lastgroup:
            case "open":
                repeats.append(False)
                closed_repeating = False
            case "close" if len(repeats) > 1:
                closed_repeating = repeats.pop()
                repeats[-1] = repeats[-1] or closed_repeating
            case "many":
                if closed_repeating:
                    raise LiteralError("Do not repeat a group that holds a repetition.")
                repeats[-1] = True
            case _:
                closed_repeating = False
