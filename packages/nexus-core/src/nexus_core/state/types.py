"""The types that states and arguments declare, and how a JSON value is made to fit one."""

import math
from typing import assert_never

from nexus_core.errors import NexusError
from nexus_protocol import Json
from nexus_protocol.ast import StateType


class CoercionError(NexusError):
    """Raised when a value neither is of a type nor can be read as one without loss."""

    def __init__(self, value: Json, wanted: StateType) -> None:
        self.wanted = wanted
        super().__init__(f"expected {_ARTICLES[wanted]}, got {_describe(value)}")


_ARTICLES: dict[StateType, str] = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "list": "a list",
    "object": "an object",
    "any": "any value",
}


def fits(value: Json, wanted: StateType) -> bool:
    """Tell whether a value is of a type; ``None`` stands for an absent value of any type."""
    match wanted:
        case "any":
            return True
        case "string":
            return value is None or isinstance(value, str)
        case "number":
            return value is None or (isinstance(value, int | float) and not isinstance(value, bool))
        case "boolean":
            return value is None or isinstance(value, bool)
        case "list":
            return value is None or isinstance(value, list)
        case "object":
            return value is None or isinstance(value, dict)
        case _:
            assert_never(wanted)


def coerce(value: Json, wanted: StateType) -> Json:
    """Return the value as one of the type: ``"3"`` as ``3``, ``3`` as ``"3"``, ``"true"`` as true.

    Raises:
        CoercionError: it does not fit without loss.
    """
    if fits(value, wanted):
        return value
    match wanted, value:
        case "number", str():
            return _number(value)
        case "string", bool():
            return "true" if value else "false"
        case "string", int() | float():
            return str(value)
        case "boolean", "true" | "false":
            return value == "true"
        case _:
            raise CoercionError(value, wanted)


def _number(text: str) -> Json:
    try:
        number = float(text)
    except ValueError:
        raise CoercionError(text, "number") from None
    if not math.isfinite(number):
        raise CoercionError(text, "number")
    return int(number) if number.is_integer() and abs(number) < 2**53 else number


def _describe(value: Json) -> str:
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the boolean {str(value).lower()}"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the text {value[:40]!r}"
        case list():
            return "a list"
        case dict():
            return "an object"
