"""Apply a segment's operations to a state, for executions that run without a panel.

A panel has a store of its own for this; the sandbox only needs the operations that it makes itself.
"""

import copy
from collections.abc import Iterable, Mapping

from nexus_protocol._model import Json
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace


def apply(state: Mapping[str, Json], ops: Iterable[PatchOp]) -> dict[str, Json]:
    """Return the state after the operations; the one given stays as it is.

    Raises:
        LookupError: an operation names what is not there.
    """
    result: dict[str, Json] = copy.deepcopy(dict(state))
    for op in ops:
        match op:
            case Add():
                _add(*_walk(result, op.path), copy.deepcopy(op.value))
            case Replace():
                _replace(*_walk(result, op.path), copy.deepcopy(op.value))
            case Remove():
                _take(*_walk(result, op.path))
            case Move():
                moved = _take(*_walk(result, op.from_))
                _add(*_walk(result, op.path), moved)
    return result


def _walk(state: dict[str, Json], path: str) -> tuple[Json, str]:
    """Return the container that a pointer leads to, and its last token."""
    *above, key = [token.replace("~1", "/").replace("~0", "~") for token in path[1:].split("/")]
    place: Json = state
    for token in above:
        match place:
            case dict():
                place = place[token]
            case list():
                place = place[int(token)]
            case _:
                raise LookupError(path)
    return place, key


def _add(place: Json, key: str, value: Json) -> None:
    match place:
        case dict():
            place[key] = value
        case list():
            place.insert(len(place) if key == "-" else int(key), value)
        case _:
            raise LookupError(key)


def _replace(place: Json, key: str, value: Json) -> None:
    match place:
        case dict():
            place[key] = value
        case list():
            place[int(key)] = value
        case _:
            raise LookupError(key)


def _take(place: Json, key: str) -> Json:
    match place:
        case dict():
            return place.pop(key)
        case list():
            return place.pop(int(key))
        case _:
            raise LookupError(key)
