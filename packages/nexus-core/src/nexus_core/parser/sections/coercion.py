"""Plain text to values of a declared type.

``true``, ``12.5``, ``["a"]`` and ``{"a": 1}`` are JSON; lists and objects may also be spelled as
JavaScript spells them (``[{id: 1}]``). What does not fit is an error, never another value.
"""

from collections.abc import Callable
from typing import Final, TypeAlias, assert_never

from nexus_core.parser.javascript.expressions import Analysis
from nexus_core.parser.javascript.literals import LiteralError, number_value
from nexus_protocol import Json
from nexus_protocol.ast import StateType
from nexus_protocol.expressions import (
    ArrayExpression,
    Expression,
    Identifier,
    LiteralExpression,
    ObjectExpression,
    Property,
    SpreadElement,
    UnaryExpression,
)
from nexus_protocol.strict_json import JsonError, decode, encode

Analyse: TypeAlias = Callable[[str], Analysis]
"""How the text of an expression is read."""

TYPES: Final[dict[str, StateType]] = {
    "string": "string",
    "number": "number",
    "boolean": "boolean",
    "list": "list",
    "array": "list",
    "object": "object",
    "any": "any",
}
"""The types by all their names."""

OTHER_NAMES: Final = {
    "str": "string", "text": "string", "date": "string", "int": "number", "integer": "number",
    "float": "number", "double": "number", "bool": "boolean", "dict": "object", "map": "object",
    "json": "any", "String": "string", "Number": "number", "Boolean": "boolean", "Array": "list",
    "Object": "object", "string[]": "list", "object[]": "list", "number[]": "list",
}  # fmt: skip
"""Names from other languages, and what they are here."""

EXAMPLES: Final[dict[StateType, str]] = {
    "string": "any text",
    "number": "`0` or `12.5`",
    "boolean": "`true` or `false`",
    "list": '`[]` or `["a", "b"]`',
    "object": '`{}` or `{"name": ""}`',
    "any": "any JSON",
}

_EMPTY: Final[dict[StateType, Json]] = {"string": "", "number": 0, "boolean": False, "any": None}


class DoesNotFitError(ValueError):
    """Raised when a text is no value of the type."""


def empty(kind: StateType) -> Json:
    """Return what a state of that type is without a default."""
    match kind:
        case "list":
            return []
        case "object":
            return {}
        case _:
            return _EMPTY[kind]


def coerce(text: str, kind: StateType, analyse: Analyse) -> Json:
    """Return the value of that type that a text spells.

    Raises:
        DoesNotFitError: there is none.

    """
    match kind:
        case "string":
            return text
        case "number":
            return _number(text.strip())
        case "boolean":
            return _boolean(text.strip())
        case "list":
            return _of_type(text.strip(), list, analyse)
        case "object":
            return _of_type(text.strip(), dict, analyse)
        case "any":
            return _any(text)
        case _:
            assert_never(kind)


def _number(text: str) -> Json:
    negative = text.startswith("-")
    try:
        value = number_value(text[negative:].removeprefix("" if negative else "+"))
    except LiteralError:
        raise DoesNotFitError(text) from None
    return -value if negative else value


def _boolean(text: str) -> Json:
    if text not in ("true", "false"):
        raise DoesNotFitError(text)
    return text == "true"


def _of_type(text: str, kind: type[list[Json]] | type[dict[str, Json]], analyse: Analyse) -> Json:
    try:
        value = decode(text)
    except JsonError:
        value = _javascript(text, analyse)
    if not isinstance(value, kind):
        raise DoesNotFitError(text)
    return value


def _any(text: str) -> Json:
    """Read JSON where it spells exactly what is written, else take the text."""
    try:
        value = decode(text)
    except JsonError:
        return text
    if isinstance(value, int | float) and encode(value) != text.strip():
        return text
    return value


def _javascript(text: str, analyse: Analyse) -> Json:
    tree = analyse(text).tree
    if tree is None:
        raise DoesNotFitError(text)
    return constant(tree)


def constant(tree: Expression | SpreadElement) -> Json:
    """Return the value of an expression that is written out in full.

    Raises:
        DoesNotFitError: it has to be computed.

    """
    match tree:
        case LiteralExpression(regex=None):
            return tree.value
        case UnaryExpression(
            operator="-", argument=LiteralExpression(value=int() | float() as number)
        ):
            return -number
        case ArrayExpression():
            return [constant(each) for each in tree.elements]
        case ObjectExpression():
            return dict(_member(each) for each in tree.properties)
        case _:
            raise DoesNotFitError(tree.type)


def _member(member: Property | SpreadElement) -> tuple[str, Json]:
    match member:
        case Property(computed=False, key=Identifier(name=name)):
            return name, constant(member.value)
        case Property(computed=False, key=LiteralExpression(value=str() as name)):
            return name, constant(member.value)
        case _:
            raise DoesNotFitError(member.type)
