"""Read JSON that an untrusted guest wrote: strictly, or not at all."""

import json
import math
from typing import Any, Never

from nexus_protocol._model import Json

MAX_DEPTH = 64
_ENVELOPE = 4
"""Levels that the guest's message puts around a value."""
_MAX_SAFE = 2**53 - 1
_FORBIDDEN = frozenset({"__proto__", "prototype", "constructor"})


class MalformedError(ValueError):
    """Raised when a text is not JSON as the bridge writes it."""


def decode(data: bytes) -> Json:
    """Read UTF-8 JSON with bounded depth and numbers, clean text, unique and harmless names.

    Raises:
        MalformedError: it is anything else.
    """
    try:
        text = data.decode("utf-8")
        value = _DECODER.decode(text)
    except (UnicodeDecodeError, ValueError, RecursionError) as error:
        raise MalformedError(type(error).__name__) from None
    # Escapes are the one way for half a surrogate pair or U+0000 into a text.
    _check(value, MAX_DEPTH + _ENVELOPE, escapes="\\u" in text)
    return value


def _check(value: Json, depth: int, *, escapes: bool) -> None:
    match value:
        case str():
            if escapes:
                _check_text(value)
        case list():
            if depth == 0:
                raise MalformedError("too deep")
            for item in value:
                _check(item, depth - 1, escapes=escapes)
        case dict():
            if depth == 0:
                raise MalformedError("too deep")
            for name, item in value.items():
                if escapes:
                    _check_text(name)
                _check(item, depth - 1, escapes=escapes)
        case _:
            pass


def _check_text(text: str) -> None:
    if "\0" in text:
        raise MalformedError("U+0000")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise MalformedError("half a surrogate pair") from None


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise MalformedError("a name stands twice")
    if not _FORBIDDEN.isdisjoint(members):
        raise MalformedError("a name that is not allowed")
    return members


def _integer(text: str) -> int:
    if len(text) > 17:
        raise MalformedError("an integer out of range")
    number = int(text)
    if abs(number) > _MAX_SAFE:
        raise MalformedError("an integer out of range")
    return number


def _float(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise MalformedError("a number out of range")
    return number


def _constant(text: str) -> Never:
    raise MalformedError(text)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_object,
    parse_int=_integer,
    parse_float=_float,
    parse_constant=_constant,
    strict=True,
)
