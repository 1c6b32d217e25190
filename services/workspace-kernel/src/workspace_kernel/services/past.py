"""What was: the changes of a panel, its executions, the versions of its source. No HTTP here."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from pydantic import TypeAdapter

from nexus_core.history import unified
from nexus_core.recording import Record
from nexus_core.replaying import Replayed
from nexus_protocol import Change, ErrorCode, Json
from workspace_kernel.db import executions as stored
from workspace_kernel.db import repositories
from workspace_kernel.db.models import StoredExecution
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import (
    CommitInfo,
    ExecutionEntry,
    ExecutionRecord,
    Page,
    PanelDiff,
)
from workspace_kernel.services.declared import trigger_of
from workspace_kernel.services.paging import page
from workspace_kernel.services.records import Records, with_source
from workspace_kernel.services.sources import Sources, is_name, missing, path_of


class Past:
    """Looks back on the panels of one workspace."""

    def __init__(
        self,
        workspace: str,
        sources: Sources,
        database: Database,
        records: Records,
        *,
        require: Callable[[str], Awaitable[object]],
        settle: Callable[[str | None], Awaitable[None]],
    ) -> None:
        """Take the parts.

        Args:
            workspace: Whose panels.
            sources: Their sources.
            database: Where what happened to them is kept.
            records: What runs executions again.
            require: Fails with NOT_FOUND where there is no such panel.
            settle: Commits what was saved of a panel, or of all, and not committed yet.
        """
        self._workspace = workspace
        self._sources = sources
        self._database = database
        self._records = records
        self._require = require
        self._settle = settle

    async def changes(self, panel_id: str, before: int | None, limit: int) -> Page[Change]:
        """Return the changes of a panel's state, newest first."""
        await self._require(panel_id)
        found = await self._database.read(
            partial(
                repositories.changes_before,
                key=self._key(panel_id),
                rev=before,
                limit=limit + 1,
            )
        )
        return page(found, limit, lambda change: change, lambda change: str(change.rev))

    async def executions(
        self, panel_id: str, before: int | None, limit: int
    ) -> Page[ExecutionEntry]:
        """Return the executions of a panel, newest first."""
        await self._require(panel_id)
        rows = await self._database.read(
            partial(
                stored.executions,
                key=self._key(panel_id),
                before=before,
                limit=limit + 1,
            )
        )
        return page(rows, limit, _entry, lambda row: str(row.number))

    async def execution(self, panel_id: str, execution_id: str) -> ExecutionEntry:
        """Return one execution of a panel.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._require(panel_id)
        row = await self._database.read(
            partial(
                stored.execution,
                key=self._key(panel_id),
                request_id=execution_id,
            )
        )
        if row is None:
            raise KernelError(ErrorCode.NOT_FOUND, f"There is no execution {execution_id[:64]!r}.")
        return _entry(row)

    async def record(self, panel_id: str, execution_id: str) -> Record:
        """Return what runs an execution again, with the source that ran if it is in the history.

        Raises:
            KernelError: NOT_FOUND.

        """
        await self._require(panel_id)
        record = await self._records.read(self._key(panel_id), execution_id)
        return await asyncio.to_thread(with_source, record, self._sources.versions(panel_id))

    async def replay(self, panel_id: str, execution_id: str, source: str | None) -> Replayed:
        """Run an execution again, with another source if one is given; nothing is changed by it.

        Raises:
            KernelError: NOT_FOUND, or CONFLICT when it cannot run again.
            InvalidPanelError: the source has errors.
            PanelError: the source has no such tool.

        """
        record = await self.record(panel_id, execution_id)
        return await self._records.replay(record, source)

    async def history(
        self, panel_id: str | None, cursor: str | None, limit: int
    ) -> Page[CommitInfo]:
        """Return the versions of a panel's source, newest first; without a panel, of all.

        Raises:
            KernelError: NOT_FOUND for a panel that never was.

        """
        if panel_id is not None and not is_name(panel_id):
            raise missing(panel_id)
        await self._settle(panel_id)
        log = await self._sources.log(panel_id, cursor, limit)
        if panel_id is not None and cursor is None and not log.commits and log.cursor is None:
            raise missing(panel_id)
        items = tuple(
            CommitInfo(
                id=each.sha,
                message=each.message,
                author=each.author.name,
                at=each.at.timestamp(),
                path=each.path,
            )
            for each in log.commits
        )
        return Page(items=items, next_cursor=log.cursor)

    async def diff(self, panel_id: str, before: str | None, after: str | None) -> PanelDiff:
        """Return how a panel's source at one commit became that at another, or the present one.

        Args:
            panel_id: The panel.
            before: A commit or branch; without it, the one that is checked out.
            after: A commit or branch; without it, what is there now, committed or not.

        Raises:
            KernelError: NOT_FOUND, neither has the panel, or there is no such commit.

        """
        if not is_name(panel_id):
            raise missing(panel_id)
        old = await self._text_at(panel_id, before or "HEAD")
        new = await self._text_at(panel_id, after)
        if old is None and new is None:
            raise missing(panel_id)
        path = path_of(panel_id)
        names = (f"a/{path}" if old is not None else "/dev/null",
                 f"b/{path}" if new is not None else "/dev/null")  # fmt: skip
        texts = ((old or "").encode(), (new or "").encode())
        return PanelDiff(
            before=before, after=after, diff=await asyncio.to_thread(unified, *texts, *names)
        )

    def _key(self, panel_id: str) -> PanelKey:
        return PanelKey(self._workspace, panel_id)

    async def _text_at(self, panel_id: str, ref: str | None) -> str | None:
        """Return a source at a commit, or now; None where the panel is not there."""
        try:
            if ref is None:
                return await self._sources.read(panel_id)
            return await self._sources.read_at(panel_id, ref)
        except KernelError as error:
            if error.code is not ErrorCode.NOT_FOUND:
                raise
            if ref is not None:
                await self._sources.require_ref(ref)
            return None


def _entry(row: StoredExecution) -> ExecutionEntry:
    asked = _CALL.validate_json(row.call)
    return ExecutionEntry(
        id=row.request_id,
        tool=str(asked["tool"]),
        args=asked["args"],  # pyright: ignore[reportArgumentType] - checked by the model.
        started_at=row.started_at,
        trigger=trigger_of(row.request_id),
        lifecycle=asked.get("lifecycle") is True,
        execution=ExecutionRecord.model_validate_json(row.result) if row.result else None,
    )


_CALL: Final = TypeAdapter(dict[str, Json])


__all__ = ["Past"]
