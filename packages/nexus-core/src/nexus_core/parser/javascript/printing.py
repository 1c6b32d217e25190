"""Print an ESTree of the subset that NXML allows as JavaScript, with the fewest brackets.

Reading the text gives the same tree. Strings stand in single quotes and hold no double quote, so
that the text fits into an attribute in double quotes unless a template or a regular expression
holds one. Where the text stands is not known here.
"""

import re
from collections.abc import Iterable
from enum import IntEnum
from typing import Final, assert_never

from nexus_protocol import Json
from nexus_protocol.expressions import (
    ArrayExpression,
    ArrayPattern,
    ArrowFunctionExpression,
    AssignmentPattern,
    BinaryExpression,
    CallExpression,
    ChainExpression,
    ConditionalExpression,
    Expression,
    Identifier,
    LiteralExpression,
    LogicalExpression,
    MemberExpression,
    NewExpression,
    ObjectExpression,
    ObjectPattern,
    Pattern,
    PatternProperty,
    Property,
    RestElement,
    SpreadElement,
    TemplateLiteral,
    UnaryExpression,
)
from nexus_protocol.strict_json import encode


class _Level(IntEnum):
    """How tightly a form binds; a looser one inside a tighter one needs brackets."""

    ARROW = 1
    CONDITIONAL = 2
    OR = 3
    AND = 4
    BIT_OR = 5
    BIT_XOR = 6
    BIT_AND = 7
    EQUALITY = 8
    RELATION = 9
    SHIFT = 10
    SUM = 11
    PRODUCT = 12
    POWER = 13
    UNARY = 14
    CALL = 15
    PRIMARY = 16


_BINARY: Final[dict[str, _Level]] = {
    "|": _Level.BIT_OR,
    "^": _Level.BIT_XOR,
    "&": _Level.BIT_AND,
    **dict.fromkeys(("==", "!=", "===", "!=="), _Level.EQUALITY),
    **dict.fromkeys(("<", "<=", ">", ">=", "in", "instanceof"), _Level.RELATION),
    **dict.fromkeys(("<<", ">>", ">>>"), _Level.SHIFT),
    **dict.fromkeys(("+", "-"), _Level.SUM),
    **dict.fromkeys(("*", "/", "%"), _Level.PRODUCT),
    "**": _Level.POWER,
}
_LOGICAL: Final = {"??": _Level.OR, "||": _Level.OR, "&&": _Level.AND}
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*", re.ASCII)
_ESCAPED: Final = re.compile("[\\\\'\"\x00-\x1f\x7f\u2028\u2029\ufeff]")
_SHORT_ESCAPES: Final = {"\\": "\\\\", "'": "\\'", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def print_expression(tree: Expression) -> str:
    """Return the text of an expression; reading it gives the same tree."""
    return _print(tree, _Level.ARROW)


def print_literal(value: Json) -> str:
    """Return a JSON value as JavaScript writes it: ``{ id: 1, text: 'milk' }``."""
    match value:
        case str():
            return print_text(value)
        case dict():
            members = (
                f"{key if _NAME.fullmatch(key) else print_text(key)}: {print_literal(each)}"
                for key, each in value.items()
            )
            return f"{{ {', '.join(members)} }}" if value else "{}"
        case list():
            return f"[{', '.join(print_literal(each) for each in value)}]"
        case _:
            return encode(value)


def print_text(text: str) -> str:
    """Return a string literal in single quotes, in which no double quote stands."""
    return "'" + _ESCAPED.sub(_escape, text) + "'"


def _escape(found: re.Match[str]) -> str:
    character = found[0]
    code = ord(character)
    if character in _SHORT_ESCAPES:
        return _SHORT_ESCAPES[character]
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


# ---- expressions


def _print(tree: Expression, least: _Level) -> str:
    """Print an expression, in brackets where it binds less tightly than ``least``."""
    text, level = _form(tree)
    return text if level >= least else f"({text})"


def _form(tree: Expression) -> tuple[str, _Level]:
    """Return the text of an expression without brackets around it, and how tightly it binds."""
    match tree:
        case LiteralExpression():
            return _literal(tree), _Level.PRIMARY
        case Identifier():
            return tree.name, _Level.PRIMARY
        case TemplateLiteral():
            return _template(tree), _Level.PRIMARY
        case ArrayExpression():
            return f"[{_elements(tree.elements)}]", _Level.PRIMARY
        case ObjectExpression():
            return _braces(_member_of_object(each) for each in tree.properties), _Level.PRIMARY
        case MemberExpression():
            return _member(tree), _Level.CALL
        case CallExpression():
            opening = "?.(" if tree.optional else "("
            return f"{_target(tree.callee)}{opening}{_elements(tree.arguments)})", _Level.CALL
        case NewExpression():
            return f"new {tree.callee.name}({_elements(tree.arguments)})", _Level.CALL
        case ChainExpression():
            return _form(tree.expression)
        case UnaryExpression():
            return _unary(tree), _Level.UNARY
        case BinaryExpression() | LogicalExpression():
            return _infix(tree)
        case ConditionalExpression():
            test = _print(tree.test, _Level.OR)
            ways = (_print(each, _Level.ARROW) for each in (tree.consequent, tree.alternate))
            return f"{test} ? {' : '.join(ways)}", _Level.CONDITIONAL
        case ArrowFunctionExpression():
            return _arrow(tree), _Level.ARROW
        case _:
            assert_never(tree)


def _literal(tree: LiteralExpression) -> str:
    if tree.regex is not None:
        return f"/{tree.regex.pattern}/{tree.regex.flags}"
    return print_literal(tree.value)


def _template(tree: TemplateLiteral) -> str:
    parts = [tree.quasis[0].value.raw]
    for expression, quasi in zip(tree.expressions, tree.quasis[1:], strict=True):
        inside = _print(expression, _Level.ARROW)
        parts.append(f"${{{_apart(inside)}}}{quasi.value.raw}")
    return f"`{''.join(parts)}`"


def _apart(text: str) -> str:
    """Keep a brace from following another, which NXML would read as a brace that is meant."""
    return f" {text}" if text.startswith("{") else text


def _member(tree: MemberExpression) -> str:
    target = _target(tree.object)
    if tree.computed:
        opening = "?.[" if tree.optional else "["
        return f"{target}{opening}{_print(tree.property, _Level.ARROW)}]"
    name = _print(tree.property, _Level.PRIMARY)
    return f"{target}{'?.' if tree.optional else '.'}{name}"


def _target(tree: Expression) -> str:
    """Print what a member is taken of or what is called; a number's dot would be its own."""
    number = isinstance(tree, LiteralExpression) and isinstance(tree.value, int | float)
    if number or isinstance(tree, ChainExpression):
        return f"({_print(tree, _Level.ARROW)})"
    return _print(tree, _Level.CALL)


def _elements(elements: Iterable[Expression | SpreadElement]) -> str:
    return ", ".join(_element(each) for each in elements)


def _element(element: Expression | SpreadElement) -> str:
    if isinstance(element, SpreadElement):
        return f"...{_print(element.argument, _Level.ARROW)}"
    return _print(element, _Level.ARROW)


# ---- operators


def _unary(tree: UnaryExpression) -> str:
    operand = _print(tree.argument, _Level.UNARY)
    apart = tree.operator.isalpha() or operand.startswith(tree.operator)
    return f"{tree.operator}{' ' if apart else ''}{operand}"


def _infix(tree: BinaryExpression | LogicalExpression) -> tuple[str, _Level]:
    operator = tree.operator
    level = _BINARY.get(operator) or _LOGICAL[operator]
    if operator == "**":  # takes no sign before it, and groups from the right
        left, right = _print(tree.left, _Level.CALL), _print(tree.right, _Level.POWER)
    else:
        left = _print(tree.left, _Level.PRIMARY if _is_mixture(operator, tree.left) else level)
        right = _print(
            tree.right, _Level.PRIMARY if _is_mixture(operator, tree.right) else _Level(level + 1)
        )
    return f"{left} {operator} {right}", level


def _is_mixture(operator: str, side: Expression) -> bool:
    """Tell whether ``??`` stands beside ``||`` or ``&&``, which takes brackets."""
    if operator not in _LOGICAL or not isinstance(side, LogicalExpression):
        return False
    return (operator == "??") != (side.operator == "??")


# ---- objects and functions


def _braces(members: Iterable[str]) -> str:
    inside = ", ".join(members)
    return f"{{ {inside} }}" if inside else "{}"


def _member_of_object(member: Property | SpreadElement) -> str:
    if isinstance(member, SpreadElement):
        return _element(member)
    value = _print(member.value, _Level.ARROW)
    return value if member.shorthand else f"{_key(member)}: {value}"


def _key(member: Property | PatternProperty) -> str:
    key = _print(member.key, _Level.ARROW)
    return f"[{key}]" if member.computed else key


def _arrow(tree: ArrowFunctionExpression) -> str:
    body = _print(tree.body, _Level.ARROW)
    if body.startswith("{"):
        body = f"({body})"
    match tree.params:
        case (Identifier(name=name),):
            return f"{name} => {body}"
        case _:
            return f"({', '.join(_pattern(each) for each in tree.params)}) => {body}"


def _pattern(pattern: Pattern) -> str:
    match pattern:
        case Identifier():
            return pattern.name
        case AssignmentPattern():
            return f"{_pattern(pattern.left)} = {_print(pattern.right, _Level.ARROW)}"
        case RestElement():
            return f"...{_pattern(pattern.argument)}"
        case ArrayPattern():
            elements = ("" if each is None else _pattern(each) for each in pattern.elements)
            return f"[{', '.join(elements)}]"
        case ObjectPattern():
            return _braces(_member_of_pattern(each) for each in pattern.properties)
        case _:
            assert_never(pattern)


def _member_of_pattern(member: PatternProperty | RestElement) -> str:
    if isinstance(member, RestElement):
        return _pattern(member)
    value = _pattern(member.value)
    return value if member.shorthand else f"{_key(member)}: {value}"
