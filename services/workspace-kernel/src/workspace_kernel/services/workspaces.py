"""The workspaces of a kernel: each a git repository on disk, a row, and its panels."""

import asyncio
import logging
import time
from bisect import bisect_right
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.exc import OperationalError

from nexus_core import NexusError
from nexus_core.history import Author, HistoryError, Repository
from nexus_protocol import ErrorCode
from workspace_kernel.db import executions as stored
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError, missing_workspace
from workspace_kernel.resources import (
    NewWorkspace,
    Page,
    StoredBytes,
    WorkspaceInfo,
    WorkspaceUsage,
)
from workspace_kernel.services.paging import page
from workspace_kernel.services.panels import Panels
from workspace_kernel.services.running import RunningPanel
from workspace_kernel.services.runtime import Runtime
from workspace_kernel.services.samples import sample_panels
from workspace_kernel.services.sources import LOCAL_USER, Sources
from workspace_kernel.services.triggers import Triggers

_SWEEP_SECONDS: Final = 3600.0

logger = logging.getLogger(__name__)


class Workspaces:
    """All workspaces; ``open`` brings those up that were made before."""

    def __init__(
        self,
        folder: Path,
        database: Database,
        runtime: Runtime,
        triggers: Triggers,
        save_delay: float,
    ) -> None:
        """Take the folder of the repositories, and the seconds after which saves are committed."""
        self._folder = folder
        self._save_delay = save_delay
        self._database = database
        self._runtime = runtime
        self._triggers = triggers
        self._rows: dict[str, Workspace] = {}
        self._panels: dict[str, Panels] = {}
        self._creating = asyncio.Lock()

    def __contains__(self, workspace_id: str) -> bool:
        return workspace_id in self._rows

    async def open(self) -> None:
        """Bring up every workspace that was made before."""
        for row in await self._database.read(repositories.workspaces):
            panels = await self._panels_of(row)
            await panels.open()
            self._rows[row.id], self._panels[row.id] = row, panels

    def page(self, ids: Sequence[str] | None, after: str, limit: int) -> Page[WorkspaceInfo]:
        """Return the workspaces after one: of all, or of these, which come after it already."""
        if ids is None:
            known = sorted(self._rows)
            ids = known[bisect_right(known, after) :]
        return page([each for each in ids if each in self._rows], limit, self.info, str)

    async def usage(
        self, ids: Sequence[str] | None, after: str, limit: int
    ) -> Page[WorkspaceUsage]:
        """Return what workspaces hold: of those that ``page`` would return."""
        shown = self.page(ids, after, limit)
        held = [await self._usage(each.id) for each in shown.items]
        return Page(items=tuple(held), next_cursor=shown.next_cursor)

    async def _usage(self, workspace_id: str) -> WorkspaceUsage:
        query = partial(repositories.usage, workspace=workspace_id)
        held = await self._database.read(query)
        return WorkspaceUsage(
            workspace=workspace_id,
            panels=held.panels,
            executions=held.executions,
            bytes=StoredBytes(values=held.values, records=held.records, waiting=held.waiting),
        )

    def info(self, workspace_id: str) -> WorkspaceInfo:
        """Return one workspace.

        Raises:
            KernelError: NOT_FOUND.

        """
        if workspace_id not in self._rows:
            raise missing_workspace(workspace_id)
        row, checkout = self._rows[workspace_id], self._panels[workspace_id].branches.checkout
        return WorkspaceInfo(
            id=row.id,
            title=row.title,
            created_at=row.created_at,
            branch=checkout.branch if checkout else None,
        )

    def panels(self, workspace_id: str) -> Panels:
        """Return the panels of a workspace.

        Raises:
            KernelError: NOT_FOUND.

        """
        if workspace_id not in self._panels:
            raise missing_workspace(workspace_id)
        return self._panels[workspace_id]

    def use(self, key: PanelKey) -> AbstractAsyncContextManager[RunningPanel]:
        """Yield a panel, started if it does not run. Raises as ``Panels.use`` does."""
        return self.panels(key.workspace).use(key.panel)

    def running(self, key: PanelKey) -> RunningPanel | None:
        """Return a panel if it runs."""
        return self._runtime.running(key)

    async def create(
        self, new: NewWorkspace, *also: Write, author: Author = LOCAL_USER
    ) -> WorkspaceInfo:
        """Make a workspace, and write what else belongs to its making.

        Raises:
            KernelError: CONFLICT when there is one of that name; NOT_FOUND for one to copy;
                INVALID_ARGUMENTS, it cannot be a copy and have the samples.

        """
        if new.demo and new.copy_of is not None:
            text = "A workspace begins with the samples or with the panels of another, not both."
            raise KernelError(ErrorCode.INVALID_ARGUMENTS, text)
        origin = None if new.copy_of is None else self.panels(new.copy_of)
        async with self._creating:
            if new.id in self._rows:
                raise KernelError(ErrorCode.CONFLICT, f"There is a workspace {new.id!r} already.")
            row = Workspace(id=new.id, title=new.title or new.id, created_at=time.time())
            # The folder first: one without a row is taken up by the next who wants the name.
            panels = await self._panels_of(row)
            await self._database.write(repositories.add_workspace(row), *also)
            try:
                await panels.open()
            except (HistoryError, OperationalError) as error:
                # It is made. What was in the folder before is taken up when it is looked at next.
                logger.warning("Workspace %s could not be looked at: %s", row.id, error)
            self._rows[row.id], self._panels[row.id] = row, panels
        if new.demo:
            samples = {name: source.decode() for name, source in sample_panels().items()}
            await self.panels(new.id).install(samples, "Install the sample panels", author)
        elif origin is not None and (sources := await origin.sources()):
            what = f"Copy the panels of workspace {new.copy_of}"
            await self.panels(new.id).install(sources, what, author)
        return self.info(row.id)

    async def wake(self) -> None:
        """Start the panels that have executions which wait, so that they go on."""
        for key in await self._database.read(stored.waiting_panels):
            try:
                async with self.use(key):
                    pass
            except (KernelError, NexusError) as error:
                # They stay where they are, and go on when somebody uses the panel.
                logger.warning("What waits in panel %s cannot go on yet: %s", key, error)

    async def close(self) -> None:
        """Commit what was saved."""
        for panels in self._panels.values():
            await panels.close()

    async def watch(self, seconds: float) -> None:
        """Look every so often, for ever, at what others did to the repositories.

        A look is a few calls of ``stat``. Being told by the system would cost a thread for each
        repository, and does not work on network disks.
        """
        while True:
            await asyncio.sleep(seconds)
            for workspace_id, panels in tuple(self._panels.items()):
                try:
                    await panels.catch_up()
                except Exception:
                    logger.exception("Workspace %s could not be looked at", workspace_id)

    async def sweep(self, seconds: float) -> None:
        """Delete saves that were put aside longer ago than this, from time to time, for ever."""
        while True:
            for panels in tuple(self._panels.values()):
                await panels.branches.sweep(time.time() - seconds)
            await asyncio.sleep(_SWEEP_SECONDS)

    async def tidy(self, seconds: float) -> None:
        """Look every so often, for ever, whether a repository has enough to be put in order."""
        while True:
            await asyncio.sleep(seconds)
            for workspace_id, panels in tuple(self._panels.items()):
                try:
                    await panels.tidy()
                except Exception:
                    logger.exception("Workspace %s could not be put in order", workspace_id)

    async def _panels_of(self, row: Workspace) -> Panels:
        repository = await asyncio.to_thread(Repository.open, self._folder / row.id)
        sources = Sources(row.id, repository, self._database)
        return Panels(
            row.id, sources, self._database, self._runtime, self._triggers, self._save_delay
        )


__all__ = ["Workspaces"]
