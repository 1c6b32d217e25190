"""Apply a segment's operations to a state, for executions that run without a panel.

A panel has a store of its own for this; the sandbox only needs the operations that it makes itself.
"""

import copy
from collections.abc import Iterable, Mapping
from typing import Any

from nexus_protocol._model import Json
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace


def apply(state: Mapping[str, Json], ops: Iterable[PatchOp]) -> dict[str, Json]:
    """Return the state after the operations; the one given stays as it is."""
    result: dict[str, Any] = copy.deepcopy(dict(state))
    for op in ops:
        _apply(result, op)
    return result


def _apply(state: dict[str, Any], op: PatchOp) -> None:
    place, key = _walk(state, op.path)
    match op:
        case Add() if isinstance(place, list):
            place.insert(len(place) if key == "-" else int(key), copy.deepcopy(op.value))
        case Add() | Replace():
            _set(place, key, copy.deepcopy(op.value))
        case Remove():
            _take(place, key)
        case Move():
            place.insert(int(key), _take(*_walk(state, op.from_)))


def _walk(state: dict[str, Any], path: str) -> tuple[Any, str]:
    *above, key = [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]
    place: Any = state
    for token in above:
        place = place[int(token)] if isinstance(place, list) else place[token]
    return place, key


def _set(place: Any, key: str, value: Any) -> None:
    if isinstance(place, list):
        place[int(key)] = value
    else:
        place[key] = value


def _take(place: Any, key: str) -> Any:
    return place.pop(int(key)) if isinstance(place, list) else place.pop(key)
