"""The one decoder of JSON that came from outside.

Python's own reader takes NaN, duplicate keys, lone surrogates and integers of any length; SQLite
stores what PostgreSQL refuses, and JavaScript reads other numbers than were written. This one
takes only what every part of Nexus stores and reads back equal.
"""

import json
import math
from typing import Final, NamedTuple, NoReturn, cast

from nexus_protocol._model import Json
from nexus_protocol.expressions import FORBIDDEN_PROPERTIES

MAX_DEPTH: Final = 64
MAX_INTEGER: Final = 2**53 - 1
MAX_BYTES: Final = 1 << 20


class JsonError(ValueError):
    """Raised when a text is not JSON that Nexus takes, or a value cannot become such a text."""

    def __init__(self, message: str, path: str = "") -> None:
        self.path = path
        """JSON pointer to the offending place, where it is known."""
        super().__init__(f"{message} at {path}" if path else message)


def decode(data: bytes | str, *, max_bytes: int = MAX_BYTES) -> Json:
    """Read one JSON document strictly.

    Raises:
        JsonError: too long, not UTF-8, not JSON, nested deeper than 64, a number that JavaScript
            does not hold exactly or finitely, a duplicate or forbidden key, a lone surrogate or
            U+0000.

    """
    if len(data) > max_bytes:
        raise JsonError(f"longer than {max_bytes} bytes")
    try:
        text = data if isinstance(data, str) else data.decode("utf-8")
        value = cast("Json", _DECODER.decode(text))
    except JsonError:
        raise
    except RecursionError:
        raise JsonError(f"nested deeper than {MAX_DEPTH}") from None
    except ValueError as error:
        raise JsonError(f"not JSON: {error}"[:200]) from None
    check(value)
    return value


def encode(value: Json) -> str:
    """Print a checked value as compact JSON."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def check(value: object) -> None:
    """Refuse a Python value that strict JSON cannot carry.

    Raises:
        JsonError: with the JSON pointer of the first offence.

    """
    stack: list[tuple[object, _Way | None, int]] = [(value, None, 0)]
    while stack:
        item, way, depth = stack.pop()
        match item:
            case None | bool():
                continue
            case str():
                _check_text(item, way)
            case int():
                if abs(item) > MAX_INTEGER:
                    raise JsonError("an integer beyond 2**53 - 1 in size", _pointer(way))
            case float():
                if not math.isfinite(item):
                    raise JsonError("a number that is not finite", _pointer(way))
            case list() | tuple() | dict() if depth >= MAX_DEPTH:
                raise JsonError(f"nested deeper than {MAX_DEPTH}", _pointer(way)[:80])
            case list() | tuple():
                items = cast("list[object]", item)
                stack.extend((each, _Way(way, n), depth + 1) for n, each in enumerate(items))
            case dict():
                for key, each in cast("dict[object, object]", item).items():
                    stack.append((each, _Way(way, _check_key(key, way)), depth + 1))
            case _:
                raise JsonError(f"a {type(item).__name__}, which JSON has not", _pointer(way))


class _Way(NamedTuple):
    """The last step to a place; as text, a long key would be copied for everything inside."""

    before: "_Way | None"
    step: str | int


def _pointer(way: _Way | None) -> str:
    steps: list[str] = []
    while way is not None:
        steps.append(f"/{way.step}")
        way = way.before
    return "".join(reversed(steps))


def _check_key(key: object, way: _Way | None) -> str:
    if not isinstance(key, str):
        raise JsonError("a key that is not a string", _pointer(way))
    if key in FORBIDDEN_PROPERTIES:
        raise JsonError(f"the key {key}, which is not allowed", _pointer(way))
    _check_text(key, way)
    return key


def _check_text(text: str, way: _Way | None) -> None:
    if text.isascii() and "\0" not in text:
        return
    if "\0" in text:
        raise JsonError("a text with U+0000", _pointer(way))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise JsonError("a text with a lone surrogate", _pointer(way)) from None


def members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    """Return the members of an object as they were read.

    Raises:
        JsonError: there are two of one name.

    """
    found = dict(pairs)
    if len(found) != len(pairs):
        raise JsonError("an object with a duplicate key")
    return found


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise JsonError("an integer beyond 2**53 - 1 in size")
    return int(digits)


def _number(text: str) -> float:
    """Read a number; one without a fraction is the integer that it is to JavaScript."""
    number = float(text)
    if not math.isfinite(number):
        raise JsonError("a number that is not finite")
    return int(number) if number.is_integer() and abs(number) <= MAX_INTEGER else number


def _refuse_constant(name: str) -> NoReturn:
    raise JsonError(f"{name}, which JSON has not")


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=members,
    parse_int=_integer,
    parse_float=_number,
    parse_constant=_refuse_constant,
)
