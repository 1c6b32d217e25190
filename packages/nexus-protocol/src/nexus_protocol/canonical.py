"""One text for each JSON value, and the hash of a state made from it.

The text is that of RFC 8785 (JSON Canonicalization Scheme): members in the order of the UTF-16
code units of their names, numbers and strings as JavaScript prints them, no spaces. Two states have
one hash when JavaScript cannot tell them apart: ``1.0`` is ``1``, and ``-0`` is ``0``. The client
library has the same in TypeScript; both are held to ``tests/conformance/hashes.json``.
"""

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from json.encoder import encode_basestring
from typing import Final, cast

from nexus_protocol._model import Json

HASH_EVERY: Final = 32
"""Revisions from one PATCH that carries a hash to the next."""

_UNLIKE_PYTHON: Final = re.compile("[0-9](?:[.]0(?![0-9])|e[+-])|[\U00010000-\U0010ffff]")
"""Where Python may print or sort otherwise: ``1.0``, ``1e-05``, a name beyond the BMP."""
_PARTS: Final = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:e([+-][0-9]+))?")


def state_hash(state: Mapping[str, Json]) -> str:
    """Return the SHA-256 of a state's canonical text, in hexadecimal digits."""
    return hashlib.sha256(canonical(state).encode()).hexdigest()


def canonical(value: object) -> str:
    """Print a JSON value as RFC 8785 does; what strict JSON refuses must not be in it."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    if _UNLIKE_PYTHON.search(text) is None:
        return text
    parts: list[str] = []
    _print(cast("Json", value), parts)
    return "".join(parts)


def _print(value: Json, parts: list[str]) -> None:
    match value:
        case str():
            parts.append(encode_basestring(value))
        case float():
            parts.append(number(value))
        case dict():
            _print_members(value, parts)
        case list():
            _print_items(value, parts)
        case _:
            parts.append(json.dumps(value))


def _print_items(items: Sequence[Json], parts: list[str]) -> None:
    before = "["
    for each in items:
        parts.append(before)
        _print(each, parts)
        before = ","
    parts.append("]" if items else "[]")


def _print_members(members: Mapping[str, Json], parts: list[str]) -> None:
    before = "{"
    for name in sorted(members, key=_code_units):
        parts += (before, encode_basestring(name), ":")
        _print(members[name], parts)
        before = ","
    parts.append("}" if members else "{}")


def _code_units(name: str) -> bytes:
    return name.encode("utf-16-be")


def number(value: float) -> str:
    """Print a finite number as ECMAScript does (``Number::toString``)."""
    parts = _PARTS.fullmatch(repr(value))
    if value == 0 or parts is None:
        return "0"
    sign, whole, fraction, exponent = parts.groups(default="")
    # The value is 0.DIGITS times ten to the power of ``point``.
    digits = f"{whole}{fraction}".lstrip("0")
    point = len(digits) - len(fraction) + int(exponent or 0)
    digits = digits.rstrip("0")
    return sign + _place(digits, point)


def _place(digits: str, point: int) -> str:
    """Put the decimal point into the digits, or the exponent after them."""
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits if count == 1 else f"{digits[0]}.{digits[1:]}"
    return f"{mantissa}e{point - 1:+d}"


__all__ = ["HASH_EVERY", "canonical", "number", "state_hash"]
