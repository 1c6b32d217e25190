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
    if not _is_plain(value):
        _explain(value)


def _is_plain(value: object) -> bool:
    """Tell whether there is nothing to refuse, for sure; in little time, however long it is."""
    level: list[object] = [value]
    for depth in range(MAX_DEPTH + 1):
        deeper: list[object] = []
        for item in level:
            kind = type(item)
            if kind is str:
                if not _is_text(cast("str", item)):
                    return False
            elif kind is int:
                if not -MAX_INTEGER <= cast("int", item) <= MAX_INTEGER:
                    return False
            elif kind is list and depth < MAX_DEPTH:
                deeper.extend(cast("list[object]", item))
            elif kind is dict and depth < MAX_DEPTH:
                if not all(map(_is_key, cast("dict[object, object]", item))):
                    return False
                deeper.extend(cast("dict[object, object]", item).values())
            elif item is not None and kind is not bool and not _is_finite(item):
                return False
        if not deeper:
            break
        level = deeper
    return True


def _is_key(key: object) -> bool:
    return type(key) is str and key not in FORBIDDEN_PROPERTIES and _is_text(key)


def _is_text(text: str) -> bool:
    return (text.isascii() and "\0" not in text) or _flaw(text) is None


def _is_finite(item: object) -> bool:
    return type(item) is float and math.isfinite(item)


def _explain(value: object) -> None:
    """Raise what is wrong with a value, with its place. Raises as ``check`` does."""
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
    flaw = _flaw(text)
    if flaw is not None:
        raise JsonError(flaw, _pointer(way))


def _flaw(text: str) -> str | None:
    if "\0" in text:
        return "a text with U+0000"
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return "a text with a lone surrogate"
    return None


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
    if len(digits) > 17:
        raise JsonError("an integer beyond 2**53 - 1 in size")
    return int(digits)  # One that is a little too long is found by ``check``, with its place.


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
