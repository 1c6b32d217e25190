"""Places in a panel's state as JSON pointers (RFC 6901), and where a place is after a change.

A member of an object keeps its name. An item of a list has a position, which others shift when
they insert, remove or move above it: a pointer that was read at one revision is carried over the
operations since, so that it leads to the same row. What stands there is not known here.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Final, TypeAlias, assert_never

from nexus_protocol._model import Json
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace

_Place: TypeAlias = tuple[str | int, ...]
"""Names in objects and positions in lists, from the top."""

_POSITION: Final = re.compile(r"0|[1-9][0-9]{0,8}")


def split_pointer(pointer: str) -> list[str]:
    """Split a pointer into its unescaped parts.

    Raises:
        ValueError: the text is not a pointer.
    """
    if pointer == "":
        return []
    if not pointer.startswith("/"):
        raise ValueError("a path begins with a slash")
    return [part.replace("~1", "/").replace("~0", "~") for part in pointer[1:].split("/")]


def join_pointer(parts: Iterable[str | int]) -> str:
    """Write names and positions as a pointer."""
    return "".join(f"/{str(part).replace('~', '~0').replace('/', '~1')}" for part in parts)


def position_of(part: str) -> int | None:
    """Return the position in a list that a part of a pointer names; None for ``-`` and the rest."""
    return int(part) if _POSITION.fullmatch(part) else None


def leads_into_list(pointer: str, state: Mapping[str, Json]) -> bool:
    """Tell whether a pointer names a position in a list, so that it may lead elsewhere later.

    Raises:
        ValueError: the text is not a pointer.
    """
    here: Json = dict(state)
    for part in split_pointer(pointer):
        if isinstance(here, list):
            return True
        here = _member(here, part)
    return False


def rebase_pointer(
    pointer: str, operations: Iterable[PatchOp], state: Mapping[str, Json]
) -> str | None:
    """Return where the place of a pointer is after operations, or None when it is gone.

    The place is gone when its row was removed, or when the row, or a list around it, was replaced
    as a whole: what is there now is another row. A row that is replaced is still the place of the
    row itself. A member of an object stays a place whatever becomes of it, while there is something
    that it can be a member of.

    Args:
        pointer: A place as it was before the operations.
        operations: What happened since, in order.
        state: What they led to. It tells lists from objects with numbers for names; a container
            that was replaced is taken to have been what it is now.

    Raises:
        ValueError: the text is not a pointer.
    """
    steps = [(op, split_pointer(_origin(op))) for op in operations]
    place: _Place = ()
    carried: _Place = ()
    for part in split_pointer(pointer):
        holder = reduce(_member, carried, dict(state))
        here = position_of(part) if isinstance(holder, list) else part
        if here is None or not isinstance(holder, dict | list):
            return None
        place = (*place, here)
        after = _carried(place, steps) if _has_position(place) else place
        if after is None:
            return None
        carried = after
    return join_pointer(carried)


def _origin(op: PatchOp) -> str:
    return op.from_ if isinstance(op, Move) else op.path


def _member(holder: Json, part: str | int) -> Json:
    match holder, part:
        case dict(), str():
            return holder.get(part)
        case list(), int() if part < len(holder):
            return holder[part]
        case _:
            return None


def _carried(place: _Place, steps: Iterable[tuple[PatchOp, Sequence[str]]]) -> _Place | None:
    for op, at in steps:
        after = _after(place, op, at)
        if after is None:
            return None
        place = after
    return place


def _after(place: _Place, op: PatchOp, at: Sequence[str]) -> _Place | None:
    """Return where a place is after one operation at ``at``."""
    if not at:
        return None if _has_position(place) else place
    depth = len(at) - 1
    if len(place) <= depth or any(map(_differ, place, at[:depth])):
        return place  # The operation is inside of it, or elsewhere.
    mine, its = place[depth], at[-1]
    below = place[depth + 1 :]
    if isinstance(mine, str):
        replaced = mine == its and _has_position(below)
        return None if replaced else place
    index = _index_after(mine, op, its, inside=bool(below))
    return None if index is None else (*place[:depth], index, *below)


def _index_after(index: int, op: PatchOp, part: str, *, inside: bool) -> int | None:
    """Return the position of an item after an operation on its list, None when it is gone."""
    position = position_of(part)
    if position is None:
        # Behind all others, or the last one, whichever that was.
        return index if isinstance(op, Add) else None
    match op:
        case Add():
            return index + (position <= index)
        case Remove():
            return None if position == index else index - (position < index)
        case Replace():
            return None if position == index and inside else index
        case Move(path=path):
            return _index_after_move(index, position, position_of(path.rpartition("/")[2]))
        case _:
            assert_never(op)


def _index_after_move(index: int, origin: int, to: int | None) -> int | None:
    if index == origin:
        return to
    index -= origin < index
    return index if to is None else index + (to <= index)


def _differ(mine: str | int, its: str) -> bool:
    return str(mine) != its


def _has_position(place: _Place) -> bool:
    return any(isinstance(part, int) for part in place)


__all__ = ["join_pointer", "leads_into_list", "position_of", "rebase_pointer", "split_pointer"]
