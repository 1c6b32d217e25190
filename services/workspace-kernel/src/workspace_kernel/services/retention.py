"""How far the past of a panel reaches: so many executions and changes, for so long, then they go.

Of the executions, what runs, what waits to go on, and what a trigger is still to hear of stays,
however old. The log of changes begins at a snapshot, so that the state at every revision that it
still has can be told; it goes up to that in this order: snapshots first, then the changes that
lead to the one that is the oldest now. Killed in between, a kernel leaves changes that lead to
nothing older, and the next sweep removes them. The newest change always stays: it says how far the
revisions go.
"""

import asyncio
import logging
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from workspace_kernel.db import retention as tables
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.retention import Kept
from workspace_kernel.db.session import Database

SURELY_KEPT_SECONDS: Final = 600
"""What is of the last minutes stays, whatever its number: who lost a connection asks again."""

_AT_ONCE: Final = 200
"""Rows that go in one transaction, and panels that are looked up together."""
_SNAPSHOTS_AT_ONCE: Final = 20
"""Snapshots that go in one transaction: each is a whole state."""
_SWEEP_SECONDS: Final = 300.0

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Span:
    """How much is kept of one panel, and for how long."""

    most: int
    seconds: float
    most_bytes: float = math.inf
    """Of the log of changes, its snapshots included."""


class Retention:
    """Removes the executions and changes of a kernel's panels that are too old, or too many."""

    def __init__(self, database: Database, executions: Span, changes: Span) -> None:
        """Take how many of each are kept, and how long."""
        self._database = database
        self._executions = executions
        self._changes = changes
        self._began = time.time()

    async def keep(self) -> None:
        """Sweep from time to time, for ever."""
        while True:
            try:
                await self.sweep()
            except SQLAlchemyError:
                logger.exception("What is too old could not be removed; trying again later")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Remove what is beyond the bounds, the oldest first, a few at a time."""
        last: PanelKey | None = None
        while keys := await self._database.read(
            partial(tables.panels_from, last=last, limit=_AT_ONCE)
        ):
            for key in keys:
                await self._sweep_executions(key)
                await self._sweep_changes(key)
            last = keys[-1]

    # ---- executions

    async def _sweep_executions(self, key: PanelKey) -> None:
        number, now = 0, time.time()
        bounds = self._executions

        def look(session: Session) -> tuple[int, list[Kept]]:
            beyond = tables.number_beyond(session, key, bounds.most) or 0
            return beyond, tables.kept_after(session, key, number, _AT_ONCE)

        while True:
            beyond, oldest = await self._database.read(look)
            surplus = [
                each
                for each in oldest
                if each.number <= beyond or each.started_at < now - bounds.seconds
            ]
            await self._forget(key, [each for each in surplus if self._is_over(each, now)])
            if len(surplus) < _AT_ONCE:
                return
            number = oldest[-1].number

    async def _forget(self, key: PanelKey, executions: Sequence[Kept]) -> None:
        if not executions:
            return
        names = [each.request_id for each in executions]
        needed = await self._database.read(partial(tables.needed, key=key, names=names))
        going = [each for each in executions if each.request_id not in needed]
        await self._database.write(*tables.forget(key, going))

    def _is_over(self, execution: Kept, now: float) -> bool:
        # What an earlier kernel began has no end to wait for, unless this one goes on with it.
        over = execution.ended or execution.started_at < self._began
        return over and execution.started_at < now - SURELY_KEPT_SECONDS

    # ---- the log of changes

    async def _sweep_changes(self, key: PanelKey) -> None:
        now = time.time()
        while first := await self._database.read(partial(self._later_beginning, key=key, now=now)):
            await self._database.write(tables.forget_snapshots(key, first))
        while last := await self._database.read(
            partial(
                tables.last_before_log,
                key=key,
                moment=now - SURELY_KEPT_SECONDS,
                limit=_AT_ONCE,
            )
        ):
            await self._database.write(tables.forget_changes(key, last))

    def _later_beginning(self, session: Session, key: PanelKey, now: float) -> int | None:
        """Return a later snapshot of a panel that its log may begin at, if there is one."""
        newest = tables.newest_change(session, key)
        if newest is None:
            return None
        beyond, oldest = newest - self._changes.most, now - self._changes.seconds
        beginning, left = None, tables.log_bytes(session, key)
        for before, mark in pairwise(tables.oldest_marks(session, key, _SNAPSHOTS_AT_ONCE)):
            left -= before.bytes
            many = mark.rev <= beyond or left > self._changes.most_bytes
            surplus = many or mark.at < oldest
            if not surplus or mark.rev >= newest or mark.at >= now - SURELY_KEPT_SECONDS:
                break
            beginning = mark.rev
        return beginning


__all__ = ["SURELY_KEPT_SECONDS", "Retention", "Span"]
