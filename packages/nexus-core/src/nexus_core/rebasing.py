"""Carry operations over others that were made to the same state.

Two change sets that begin at one state are independent when each can follow the other and both
orders come to the same state. Positions in lists shift meanwhile; that is worked out here. What
touches the same place has no answer that both sides would want: it is a collision.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import assert_never

from nexus_core.changes import apply_ops, split_pointer
from nexus_core.errors import NexusError
from nexus_protocol import Json, PatchOp
from nexus_protocol.patches import Add, Move, Remove, Replace
from nexus_protocol.pointers import join_pointer

_Place = tuple[str | int, ...]
"""Names in objects and positions in lists, from the top."""


class CollisionError(NexusError):
    """Raised when two change sets touch the same place; carries its path in the later state."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(f"both sides change {path or 'the whole state'}")


def rebase(
    state: Mapping[str, Json], ours: Sequence[PatchOp], theirs: Sequence[PatchOp]
) -> tuple[tuple[PatchOp, ...], tuple[PatchOp, ...]]:
    """Return our operations as they follow theirs, and theirs as they follow ours.

    Both are given as they apply to ``state``.

    Raises:
        CollisionError: they touch the same place.
        PatchConflictError: an operation does not fit.
    """
    mine, others = _located(state, ours), _located(state, theirs)
    carried: list[_Edit] = []
    for other in others:
        over: list[_Edit] = []
        for each in mine:
            over.append(_over(each, other, first=True))
            other = _over(other, each, first=False)
        mine = over
        carried.append(other)
    return tuple(map(_written, mine)), tuple(map(_written, carried))


@dataclass(frozen=True, slots=True)
class _Edit:
    """An operation, and the place that it is about."""

    op: PatchOp
    at: _Place
    to: int = 0
    """Of a move, the position afterwards."""

    @property
    def shifts(self) -> bool:
        """Whether it changes positions in the list that it is in."""
        return not isinstance(self.op, Replace) and bool(self.at) and isinstance(self.at[-1], int)

    @property
    def index(self) -> int:
        """The position that it is about."""
        return _index(self.at[-1])

    @property
    def span(self) -> tuple[int, int]:
        """Of a move, the first and last position that another item is at afterwards."""
        return min(self.index, self.to), max(self.index, self.to)


def _located(state: Mapping[str, Json], ops: Iterable[PatchOp]) -> list[_Edit]:
    edits: list[_Edit] = []
    now: Mapping[str, Json] = state
    for op in ops:
        after = apply_ops(now, (op,))
        match op:
            case Move(from_=origin, path=path):
                to = _index(_place(after, path, 1)[-1])
                edits.append(_Edit(op, _place(now, origin, 1), to))
            case Add(path=path):
                edits.append(_Edit(op, _place(now, path, 0)))
            case Remove(path=path) | Replace(path=path):
                edits.append(_Edit(op, _place(now, path, 1)))
            case _:
                assert_never(op)
        now = after
    return edits


def _place(state: Mapping[str, Json], path: str, existing: int) -> _Place:
    """Return the place of a path; ``-`` is the last item, or behind it where there is none yet."""
    here: Json = dict(state)
    parts = split_pointer(path)
    place: list[str | int] = []
    for number, part in enumerate(parts):
        if isinstance(here, list):
            behind = len(here) - (existing if number == len(parts) - 1 else 1)
            index = behind if part == "-" else int(part)
            place.append(index)
            here = here[index] if index < len(here) else None
        else:
            place.append(part)
            here = here.get(part) if isinstance(here, dict) else None
    return tuple(place)


def _over(edit: _Edit, other: _Edit, *, first: bool) -> _Edit:
    """Return an edit as it is after another.

    ``first`` tells whose item comes first when both insert at one position.
    """
    _check_apart(edit, other)
    if not other.shifts:
        return edit
    depth = len(other.at) - 1
    if len(edit.at) <= depth or edit.at[:depth] != other.at[:depth]:
        return edit
    if edit.shifts and len(edit.at) == depth + 1:
        return _beside(edit, other, first=first)
    index = _position_after(_index(edit.at[depth]), other)
    return replace(edit, at=(*edit.at[:depth], index, *edit.at[depth + 1 :]))


def _index(part: str | int) -> int:
    if isinstance(part, str):
        raise TypeError("lists are addressed by position")
    return part


def _check_apart(edit: _Edit, other: _Edit) -> None:
    """Raise where one takes away or replaces what the other changes."""
    for taking, inside in ((edit, other), (other, edit)):
        # What shifts a list changes the list, at whatever position.
        place = inside.at[:-1] if inside.shifts else inside.at
        if not taking.shifts:
            taken = place[: len(taking.at)] == taking.at
        elif isinstance(taking.op, Remove):
            same_item = inside.shifts and not isinstance(inside.op, Add) and inside.at == taking.at
            taken = same_item or place[: len(taking.at)] == taking.at
        else:
            taken = False
        if taken:
            raise CollisionError(join_pointer(inside.at))


def _position_after(index: int, other: _Edit) -> int:
    """Return where an item is that another edit does not take away."""
    match other.op:
        case Add():
            return index + (other.index <= index)
        case Remove():
            return index - (other.index < index)
        case _ if index == other.index:
            return other.to
        case _:
            return index - (other.index < index <= other.to) + (other.to <= index < other.index)


def _beside(edit: _Edit, other: _Edit, *, first: bool) -> _Edit:
    """Return an edit that shifts a list after another that shifts the same list."""
    index, their = edit.index, other.index
    match edit.op, other.op:
        case Add(), Add():
            return _shifted(edit, their < index or (their == index and not first))
        case Add(), Remove():
            return _shifted(edit, -(their < index))
        case Remove(), _:
            return replace(edit, at=(*edit.at[:-1], _position_after(index, other)))
        case Move(), Remove():
            to = edit.to - (their - (index < their) < edit.to)
            return replace(_shifted(edit, -(their < index)), to=to)
        case Move(), Add():
            _check_outside(edit.span, other)
            return _shifted(edit, their <= edit.span[0])
        case Add(), Move():
            _check_outside(other.span, edit)
            return edit
        case _:
            (low, high), (their_low, their_high) = edit.span, other.span
            if low <= their_high and their_low <= high:
                raise CollisionError(join_pointer(edit.at))
            return edit


def _check_outside(span: tuple[int, int], added: _Edit) -> None:
    """Raise where an item is added among those that a move shifts: on which side is not known."""
    if span[0] < added.index <= span[1]:
        raise CollisionError(join_pointer(added.at))


def _shifted(edit: _Edit, by: int) -> _Edit:
    return replace(edit, at=(*edit.at[:-1], edit.index + by), to=edit.to + by)


def _written(edit: _Edit) -> PatchOp:
    path = join_pointer(edit.at)
    match edit.op:
        case Add() | Replace() | Remove():
            return edit.op.model_copy(update={"path": path})
        case Move():
            return Move.model_construct(
                op="move", from_=path, path=join_pointer((*edit.at[:-1], edit.to))
            )
        case _:
            assert_never(edit.op)


__all__ = ["CollisionError", "rebase"]
