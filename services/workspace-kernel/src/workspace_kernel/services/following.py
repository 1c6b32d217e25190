"""Git and the database: what others do in a repository is taken up, what was saved is committed.

Who changes sources has the turn meanwhile, so that what was compared is what is replaced. Nothing
of others is overwritten: a save that they were quicker than is put aside, on a branch beside
theirs. How a save is planned and where it is put is the business of ``sources``.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from typing import Final

from nexus_core import ParseResult
from nexus_core.history import HistoryError
from nexus_protocol import ErrorCode, Json
from workspace_kernel.db import repositories
from workspace_kernel.db.session import Database
from workspace_kernel.errors import invalid_panel
from workspace_kernel.services.branches import Branches
from workspace_kernel.services.checking import check
from workspace_kernel.services.debounce import Debounce
from workspace_kernel.services.index import PanelIndex, described
from workspace_kernel.services.running import Reported
from workspace_kernel.services.runtime import Runtime
from workspace_kernel.services.sources import Conflict, Look, Sources
from workspace_kernel.services.triggers import Triggers

_AT_ONCE: Final = 32
"""Panels that are taken up together, so that the disk is waited for once for many."""

logger = logging.getLogger(__name__)


class Following:
    """Keeps the panels of one workspace and what is in its repository the same."""

    def __init__(
        self,
        index: PanelIndex,
        sources: Sources,
        database: Database,
        runtime: Runtime,
        triggers: Triggers,
        save_delay: float,
    ) -> None:
        """Take the parts, and the seconds of quiet after which a save is committed."""
        self.turn = asyncio.Lock()
        """Held by who changes sources: what is compared is what is replaced."""
        self.branches = Branches(sources.repository, self.settled)
        self._index = index
        self._sources = sources
        self._database = database
        self._runtime = runtime
        self._triggers = triggers
        self._seen: dict[str, str] = {}
        """What each panel held in the repository when it was last looked at."""
        self._later = Debounce(save_delay, self._settle_later)

    async def open(self) -> None:
        """Commit what was saved before the kernel ended, and take up what is in git by now."""
        await self._sources.open()
        # What is in git as it was when it was last taken up is not read, and not parsed.
        self._seen = {row.id: row.blob or "" for row in await self._index.open()}
        async with self.turn:
            await self.catch_up()
            await self._settle_all()
        for panel_id in self._sources.pending:
            self._later.touch(panel_id)

    async def close(self) -> None:
        """Commit what was saved; what cannot be committed now waits for the next start."""
        await self._later.close()
        async with self.turn:
            await self._settle_all()

    # ---- from git into the database

    async def catch_up(self) -> None:
        """Take up what others committed to the repository, or edited there. Needs the turn."""
        look = await self._sources.look()
        if look is None:
            return
        if waiting := self._to_settle(look):
            for panel_id in waiting:
                await self._settle_all(panel_id)
                self._seen[panel_id] = ""
            look = await self._sources.look() or look
        found = look.sources
        changed = sorted(_differing(found, self._seen) - set(self._sources.pending))
        for first in range(0, len(changed), _AT_ONCE):
            some = changed[first : first + _AT_ONCE]
            outcomes = await asyncio.gather(
                *(self._take_up(each, found.get(each)) for each in some), return_exceptions=True
            )
            for outcome in outcomes:
                if outcome is not None:
                    raise outcome
        self.branches.seen(look.branch)

    async def _take_up(self, panel_id: str, blob: str | None) -> None:
        """Go by what a panel holds in the repository, or by that it is gone."""
        if blob is None:
            await self._withdraw(panel_id)
            del self._seen[panel_id]
        else:
            await self._follow(panel_id, blob)
            self._seen[panel_id] = blob

    def _to_settle(self, look: Look) -> frozenset[str]:
        """Return the panels whose save waits while others are at the same panel, or branch."""
        changed = _differing(look.sources, self._seen)
        return look.left_behind | (changed & set(self._sources.pending))

    async def _follow(self, panel_id: str, blob: str) -> None:
        """Take up a source that changed in the repository."""
        source = await self._sources.read(panel_id)
        result = await check(source)
        row, key = await self._index.known(panel_id), self._index.key(panel_id)
        plan = await self._triggers.plan(key, result.ast) if result.ok else None
        writes = plan.writes if plan else ()
        if row is None:
            new = self._index.new_row(panel_id, result, blob)
            await self._database.write(repositories.add_panel(new), *writes)
        elif row.deleted_at is not None or row.source_hash != result.source_hash:
            changed = described(row, result, blob)
            await self._database.write(repositories.change_panel(changed), *writes)
            await self._runtime.reload(key, source)
        elif row.blob != blob:
            same = row.changed(blob=blob)
            await self._database.write(repositories.change_panel(same), *writes)
        if plan is not None and not self._index.is_stopped(panel_id):
            self._triggers.apply(plan)
        if not result.ok and (running := self._runtime.running(key)) is not None:
            running.report(_broken(result))

    async def _withdraw(self, panel_id: str) -> None:
        """Stop a panel that others removed; its state stays, for the case that it comes back."""
        row = await self._index.known(panel_id)
        if row is not None and row.deleted_at is None:
            key = self._index.key(panel_id)
            self._triggers.disarm(key)
            async with self._runtime.closed(key):
                plan = await self._triggers.plan(key, None)
                gone = row.changed(deleted_at=time.time(), blob=None)
                await self._database.write(repositories.change_panel(gone), *plan.writes)

    @contextlib.asynccontextmanager
    async def settled(self) -> AsyncGenerator[None]:
        """Have every save in the repository meanwhile, and follow what is done to it."""
        async with self.turn:
            await self.catch_up()
            await self._settle_all()
            try:
                yield
            finally:
                try:
                    await self.catch_up()
                except Exception:
                    # What was done to the repository is done; the next look takes it up.
                    logger.exception("Workspace %s could not be looked at", self._index.workspace)

    # ---- from the database into git

    async def _settle_later(self, panel_id: str) -> bool:
        """Commit what was saved of a panel; tells whether it is done."""
        async with self.turn:
            try:
                await self.settle(panel_id)
            except HistoryError as error:
                logger.warning("The save of panel %s waits: %s", panel_id, error)
                return False
        return True

    async def settle_now(self, panel_id: str | None) -> None:
        """Commit what waits, when nobody changes sources."""
        async with self.turn:
            await self._settle_all(panel_id)

    async def _settle_all(self, panel_id: str | None = None) -> None:
        """Commit what was saved; what cannot be now waits."""
        for each in self._sources.pending:
            if panel_id in (None, each):
                try:
                    await self.settle(each)
                except HistoryError as error:
                    logger.warning("The save of panel %s waits: %s", each, error)

    async def settle(self, panel_id: str) -> Conflict | None:
        """Commit what was saved of a panel; tells if it was put aside. Needs the turn.

        Raises:
            HistoryError: it cannot be committed now.

        """
        if panel_id not in self._sources.pending:
            return None
        conflict = await self._sources.settle(panel_id)
        self.look_again(panel_id)  # Who goes back to what was there before is followed too.
        if conflict is not None:
            await self._give_way(conflict)
        return conflict

    async def _give_way(self, conflict: Conflict) -> None:
        """Go on with what others made of a panel, and say where the save is."""
        running = self._runtime.running(self._index.key(conflict.panel))
        if running is not None:
            running.report(_put_aside(conflict))
        self._seen[conflict.panel] = ""
        await self.catch_up()

    # ---- what a save needs

    def touch(self, panel_id: str) -> None:
        """Commit what was saved of a panel when its saves become quiet."""
        self._later.touch(panel_id)

    def look_again(self, panel_id: str) -> None:
        """Take a panel up anew when it is in the repository. Needs the turn."""
        self._seen[panel_id] = ""

    def forget(self, panel_id: str) -> None:
        """Know of a panel no more that is not in the repository. Needs the turn."""
        self._seen.pop(panel_id, None)


def _differing(one: Mapping[str, str], other: Mapping[str, str]) -> set[str]:
    return {name for name in {*one, *other} if one.get(name) != other.get(name)}


def _broken(result: ParseResult) -> Reported:
    error = invalid_panel(result.diagnostics)
    message = f"The source in the repository cannot run; the last good one goes on. {error.message}"
    details: dict[str, Json] = {"sourceHash": result.source_hash}
    return Reported(ErrorCode.INVALID_PANEL, message, details)


def _put_aside(conflict: Conflict) -> Reported:
    message = (
        f"Others changed panel {conflict.panel} in the repository while a save was on its way "
        f"there. Theirs is what runs; the save is on the branch {conflict.branch}."
    )
    details: dict[str, Json] = {"branch": conflict.branch, "commit": conflict.commit}
    return Reported(ErrorCode.CONFLICT, message, details)


__all__ = ["Following"]
