"""Find the operations that take changes back; history grows by them and is never rewritten.

Taking back one change leaves what came after it: its inverse is carried over the later changes,
and what touched the same place since is a conflict. Later changes that were themselves taken back
count as if they had never been, so that one can go back step by step. Nothing is written here.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from nexus_core.changes import PatchConflictError, apply_ops, coalesce, invert_ops
from nexus_core.errors import PanelError
from nexus_core.ledger import Ledger
from nexus_core.rebasing import CollisionError, rebase
from nexus_protocol import Change, ErrorCode, Json, PatchOp

FARTHEST: Final = 1000
"""Changes that are looked back upon at most."""

MOST_PAIRS: Final = 100_000
"""Pairs of operations that one undo compares; what would take more is a conflict."""

_BY_PEOPLE: Final = frozenset(("execution", "binding", "proposal"))
"""Kinds of changes that somebody wanted; a lifecycle or a reload is taken back by number only."""


@dataclass(frozen=True, slots=True)
class Undoing:
    """What is to be committed."""

    ops: tuple[PatchOp, ...]
    undoes: tuple[int, ...]
    """The revisions that it takes back, newest first."""


@dataclass(slots=True)
class _Effort:
    """What one undo may still compare."""

    pairs: int = MOST_PAIRS

    def rebase(
        self, state: Mapping[str, Json], ours: Sequence[PatchOp], theirs: Sequence[PatchOp]
    ) -> tuple[tuple[PatchOp, ...], tuple[PatchOp, ...]]:
        """Do as ``rebase`` does; what is too much collides."""
        self.pairs -= len(ours) * len(theirs)
        if self.pairs < 0:
            raise CollisionError("")
        return rebase(state, ours, theirs)


@dataclass(frozen=True)
class _Step:
    """A change as it would have been had others not been made."""

    rev: int
    before: Mapping[str, Json]
    ops: tuple[PatchOp, ...]

    @cached_property
    def after(self) -> Mapping[str, Json]:
        return apply_ops(self.before, self.ops)

    @property
    def inverse(self) -> tuple[PatchOp, ...]:
        return invert_ops(self.before, self.ops)


async def take_back(ledger: Ledger, rev: int) -> Undoing:
    """Return what takes one change back. Needs the turn.

    Raises:
        PanelError: NOT_FOUND, the change is not known (any more); CONFLICT, what it changed has
            changed since.
    """
    present = _present(rev, await _changes_from(ledger, rev))
    changes = await _changes_from(ledger, present)
    before = await _state_at(ledger, present - 1)
    # In a thread: many changes of a long list take a while, and nothing here is shared.
    return Undoing(await asyncio.to_thread(_inverse, rev, before, changes), (present,))


async def take_back_to(ledger: Ledger, rev: int) -> Undoing:
    """Return what brings the state back to what it was at a revision. Needs the turn.

    Raises:
        PanelError: NOT_FOUND, that state is not known (any more).
    """
    if rev == ledger.rev:
        return Undoing((), ())
    later = await _changes_from(ledger, rev + 1)
    ops = await asyncio.to_thread(_way_back, await _state_at(ledger, rev), later)
    return Undoing(ops, tuple(each.rev for each in reversed(later)))


async def last_done(ledger: Ledger) -> int:
    """Return the newest change that somebody made, or made anew, and nobody took back.

    Raises:
        PanelError: NOT_FOUND, there is none.
    """
    changes = await ledger.journal.latest(FARTHEST)
    redos, taken = _redos(changes), {rev for each in changes for rev in each.cause.undoes or ()}
    done = (
        each.rev
        for each in _in_effect(changes)
        if each.rev in redos or (each.cause.kind in _BY_PEOPLE and each.rev not in taken)
    )
    return _newest(done, "undo")


async def last_undone(ledger: Ledger) -> int:
    """Return the newest undo that is in effect and is not itself a redo.

    Raises:
        PanelError: NOT_FOUND, there is none.
    """
    changes = await ledger.journal.latest(FARTHEST)
    redos = _redos(changes)
    undone = (
        each.rev
        for each in _in_effect(changes)
        if each.cause.undoes is not None and each.rev not in redos
    )
    return _newest(undone, "redo")


def _redos(changes: Sequence[Change]) -> set[int]:
    """Return the changes that take an undo back."""
    undos: set[int] = set()
    redos: set[int] = set()
    for change in changes:
        if change.cause.undoes is not None:
            (redos if undos.intersection(change.cause.undoes) else undos).add(change.rev)
    return redos


def _inverse(
    rev: int, before: Mapping[str, Json], changes: Sequence[Change]
) -> tuple[PatchOp, ...]:
    """Return what takes the first of some changes back after the others."""
    effort = _Effort()
    try:
        first, *later = _steps(before, changes, effort)
        ops, state = first.inverse, first.after
        for step in later:
            ops = _carried(rev, state, ops, step, effort)
            state = step.after
    except PatchConflictError:
        raise _conflict(rev, "the panel's declarations have changed since") from None
    return ops


def _way_back(state: Mapping[str, Json], changes: Sequence[Change]) -> tuple[PatchOp, ...]:
    """Return what takes all of some changes back, from the last to the first."""
    inverses: list[tuple[PatchOp, ...]] = []
    try:
        for change in changes:
            inverses.append(invert_ops(state, change.ops))
            state = apply_ops(state, change.ops)
    except PatchConflictError:
        why = "the panel's declarations have changed since"
        raise _conflict(changes[0].rev, why) from None
    return coalesce(op for inverse in reversed(inverses) for op in inverse)


def _newest(revs: Iterable[int], what: str) -> int:
    rev = max(revs, default=None)
    if rev is None:
        raise PanelError(ErrorCode.NOT_FOUND, f"there is nothing to {what}")
    return rev


def _in_effect(changes: Sequence[Change]) -> list[Change]:
    """Return the changes that no other one in effect takes back."""
    gone: set[int] = set()
    found: list[Change] = []
    for change in reversed(changes):
        if change.rev not in gone:
            gone.update(change.cause.undoes or ())
            found.append(change)
    return found


def _present(rev: int, changes: Sequence[Change]) -> int:
    """Return the change by which one is in effect: itself, or what made it anew.

    Raises:
        PanelError: CONFLICT, it is not in effect, or was made anew together with others.
    """
    in_effect = {each.rev for each in _in_effect(changes)}
    by = next((each for each in reversed(changes) if rev in (each.cause.undoes or ())), None)
    if by is None:
        return rev
    if by.rev in in_effect:
        raise _conflict(rev, f"revision {by.rev} has taken it back already")
    anew = next(each.rev for each in reversed(changes) if by.rev in (each.cause.undoes or ()))
    if by.cause.undoes != (rev,):
        raise _conflict(rev, f"revision {anew} made it anew together with others")
    return _present(anew, changes)


def _steps(before: Mapping[str, Json], changes: Sequence[Change], effort: _Effort) -> list[_Step]:
    """Return changes one after the other, without those that were taken back among them."""
    steps: list[_Step] = []
    for change in changes:
        remaining = steps
        try:
            for rev in _undone_among(steps, change):
                remaining = _without(rev, remaining, effort)
        except CollisionError:
            remaining = steps
        if remaining is steps:
            state = steps[-1].after if steps else before
            steps = [*steps, _Step(change.rev, state, change.ops)]
        else:
            steps = remaining
    return steps


def _undone_among(steps: Sequence[_Step], change: Change) -> tuple[int, ...]:
    """Return the steps that a change takes back, where it does nothing else."""
    undoes = change.cause.undoes or ()
    known = {step.rev for step in steps}
    return undoes if known.issuperset(undoes) else ()


def _without(rev: int, steps: Sequence[_Step], effort: _Effort) -> list[_Step]:
    """Return steps as they would have been without one of them."""
    at = next(number for number, step in enumerate(steps) if step.rev == rev)
    before, after, inverse = steps[at].before, steps[at].after, steps[at].inverse
    kept = list(steps[:at])
    for step in steps[at + 1 :]:
        inverse, ops = effort.rebase(after, inverse, step.ops)
        after = step.after
        kept.append(_Step(step.rev, before, ops))
        before = kept[-1].after
    return kept


async def _changes_from(ledger: Ledger, rev: int) -> Sequence[Change]:
    """Return a change and all that came after it."""
    count = ledger.rev - rev + 1
    changes = await ledger.journal.latest(count) if 0 < count <= FARTHEST else ()
    if not changes or changes[0].rev != rev:
        raise PanelError(ErrorCode.NOT_FOUND, _UNKNOWN.format(what="change", rev=rev))
    return changes


async def _state_at(ledger: Ledger, rev: int) -> Mapping[str, Json]:
    state = await ledger.state_at(rev)
    if state is None:
        raise PanelError(ErrorCode.NOT_FOUND, _UNKNOWN.format(what="revision", rev=rev))
    return state


def _carried(
    rev: int,
    state: Mapping[str, Json],
    ops: tuple[PatchOp, ...],
    later: _Step,
    effort: _Effort,
) -> tuple[PatchOp, ...]:
    try:
        return effort.rebase(state, ops, later.ops)[0]
    except CollisionError as error:
        what = f"{error.path or 'too much'} has changed since, at revision {later.rev}"
        raise _conflict(rev, what) from None


def _conflict(rev: int, why: str) -> PanelError:
    return PanelError(ErrorCode.CONFLICT, f"change {rev} cannot be taken back: {why}")


_UNKNOWN: Final = "the {what} {rev} is not known; it is to come, or too long ago"

__all__ = ["FARTHEST", "Undoing", "last_done", "last_undone", "take_back", "take_back_to"]
