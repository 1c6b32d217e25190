"""How long executions are kept: so many of each panel, for so long, and then they go.

What runs, what waits to go on, and what a trigger is still to hear of stays, however old. Undo and
time travel read the log of changes, which is no business of this module.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from workspace_kernel.db import retention as tables
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.retention import Kept
from workspace_kernel.db.session import Database

SURELY_KEPT_SECONDS: Final = 600
"""Executions of the last minutes stay, whatever their number: who lost a connection asks again."""

_AT_ONCE: Final = 200
"""Executions that go in one transaction, and panels that are looked up together."""
_SWEEP_SECONDS: Final = 300.0

logger = logging.getLogger(__name__)


class Retention:
    """Removes the executions of a kernel that are too old, or too many."""

    def __init__(self, database: Database, most: int, seconds: float) -> None:
        """Take how many executions of a panel are kept, and how long."""
        self._database = database
        self._most = most
        self._seconds = seconds
        self._began = time.time()

    async def keep(self) -> None:
        """Sweep from time to time, for ever."""
        while True:
            try:
                await self.sweep()
            except SQLAlchemyError:
                logger.exception("Old executions could not be removed; trying again later")
            await asyncio.sleep(_SWEEP_SECONDS)

    async def sweep(self) -> None:
        """Remove what is beyond the bounds, the oldest first, a few at a time."""
        last: PanelKey | None = None
        while keys := await self._database.read(
            partial(tables.panels_from, last=last, limit=_AT_ONCE)
        ):
            for key in keys:
                await self._sweep_panel(key)
            last = keys[-1]

    async def _sweep_panel(self, key: PanelKey) -> None:
        number, now = 0, time.time()

        def look(session: Session) -> tuple[int, list[Kept]]:
            beyond = tables.number_beyond(session, key, self._most) or 0
            return beyond, tables.kept_after(session, key, number, _AT_ONCE)

        while True:
            beyond, oldest = await self._database.read(look)
            surplus = [
                each
                for each in oldest
                if each.number <= beyond or each.started_at < now - self._seconds
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


__all__ = ["SURELY_KEPT_SECONDS", "Retention"]
