"""How a save gets to where it stays: kept and committed a moment later, or committed at once.

Whatever is stored of a panel's source is stored with its row, and with what else goes with it. All
of it needs the turn of ``following``. What is saved, and whether it may be, is not known here.
"""

import contextlib
import logging
from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager

from sqlalchemy.exc import SQLAlchemyError

from nexus_core.history import Author
from nexus_protocol import ErrorCode, Json
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.services.following import Following
from workspace_kernel.services.sources import Sources

logger = logging.getLogger(__name__)


class Saves:
    """Stores the sources of one workspace's panels."""

    def __init__(self, sources: Sources, database: Database, git: Following) -> None:
        self._sources = sources
        self._database = database
        self._git = git

    @contextlib.asynccontextmanager
    async def committed(
        self, panel_id: str, source: str | None, what: str, author: Author
    ) -> AsyncGenerator[None]:
        """Commit a source, and take it back when what the block writes cannot be kept.

        Who was refused finds all as before; who is killed in between finds it done.
        """
        before = await self._sources.committed(panel_id)
        await self._sources.commit({panel_id: source}, f"{what} {panel_id}", author)
        try:
            yield
        except SQLAlchemyError:
            logger.warning("The database cannot be written: %s %s is taken back", what, panel_id)
            await self._sources.commit({panel_id: before}, f"Take back: {what} {panel_id}", author)
            raise

    async def keep(
        self, panel_id: str, source: str, author: Author, row: Panel, also: Sequence[Write]
    ) -> None:
        """Make a save durable, to be committed later; never together with somebody else's.

        Raises:
            KernelError: CONFLICT, what somebody else saved before had to be put aside.
            HistoryError: CONFLICT, the panel has an edit in the work tree that nobody committed.

        """
        if self._sources.is_by_another(panel_id, author):
            conflict = await self._git.settle(panel_id)
            if conflict is not None:
                raise _gave_way(await self._sources.both(conflict))
        save = await self._sources.plan(panel_id, source, author)
        await self._sources.store(save, repositories.change_panel(row), *also)
        self._git.touch(panel_id)

    async def store(
        self, commit: AbstractAsyncContextManager[None], row: Panel, also: Sequence[Write]
    ) -> None:
        """Commit a source at once."""
        async with commit:
            await self._database.write(repositories.change_panel(row), *also)
        self._git.look_again(row.id)

    async def require_match(self, panel_id: str, row: Panel | None, if_match: str | None) -> None:
        """Refuse to replace another source than the one that ``if_match`` names; ``*`` is any.

        Raises:
            KernelError: PRECONDITION_FAILED; CONFLICT, that one was put aside.

        """
        if if_match is None or (row is not None and if_match in ("*", row.source_hash)):
            return
        lost = await self._sources.lost(panel_id, if_match)
        if lost is not None:
            raise _gave_way(lost)
        raise KernelError(
            ErrorCode.PRECONDITION_FAILED,
            "The panel was changed since it was read."
            if row
            else "There is no such panel any more.",
            {"sourceHash": row.source_hash} if row else None,
        )


def _gave_way(both: Json) -> KernelError:
    return KernelError(
        ErrorCode.CONFLICT,
        "Others changed the panel in the repository; the save was put on a branch beside theirs.",
        both,
    )


__all__ = ["Saves"]
