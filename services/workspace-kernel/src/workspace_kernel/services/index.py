"""The index of a workspace's panels: what the database knows of each without opening its source.

A row tells of the source that it was made from; who has another one makes it anew. What is in git
is the business of ``sources``, and that both agree that of ``following``.
"""

import hashlib
import re
import time
import unicodedata
from collections.abc import Sequence
from functools import partial

from nexus_core import ParseResult
from nexus_protocol import PanelAst
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.errors import invalid_panel
from workspace_kernel.services.sources import is_name, missing


class PanelIndex:
    """The rows of one workspace's panels, and by heart which of them somebody stopped."""

    def __init__(self, workspace: str, database: Database) -> None:
        self.workspace = workspace
        self._database = database
        self._stopped: set[str] = set()

    async def open(self) -> Sequence[Panel]:
        """Take up what the last kernel left; returns the rows."""
        rows = await self.all()
        self._stopped = {row.id for row in rows if row.stopped_at is not None}
        return rows

    def key(self, panel_id: str) -> PanelKey:
        """Return what a panel is called outside its workspace."""
        return PanelKey(self.workspace, panel_id)

    # ---- rows

    async def all(self) -> Sequence[Panel]:
        """Return the rows of all panels by id."""
        return await self._database.read(partial(repositories.panels, workspace=self.workspace))

    async def some(self, after: str, limit: int) -> Sequence[Panel]:
        """Return rows of panels by id, those after one."""
        read = partial(repositories.panels, workspace=self.workspace, after=after, limit=limit)
        return await self._database.read(read)

    async def known(self, panel_id: str) -> Panel | None:
        """Return the row of a panel, also of one that was deleted.

        Raises:
            KernelError: NOT_FOUND, no panel can have that name.

        """
        if not is_name(panel_id):
            raise missing(panel_id)
        return await self._database.read(partial(repositories.panel, key=self.key(panel_id)))

    async def require(self, panel_id: str) -> Panel:
        """Return the row of a panel.

        Raises:
            KernelError: NOT_FOUND.

        """
        row = await self.known(panel_id)
        if row is None or row.deleted_at is not None:
            raise missing(panel_id)
        return row

    async def last_rev(self, panel_id: str) -> int:
        """Return the newest revision that a panel ever had."""
        return await self._database.read(partial(repositories.last_rev, key=self.key(panel_id)))

    def new_row(self, panel_id: str, result: ParseResult, blob: str) -> Panel:
        """Return the row of a panel that is new."""
        now = time.time()
        row = Panel(
            workspace_id=self.workspace,
            id=panel_id,
            source_hash=result.source_hash,
            created_at=now,
            updated_at=now,
        )
        return described(row, result, blob)

    # ---- stopped panels

    def is_stopped(self, panel_id: str) -> bool:
        """Tell whether somebody stopped a panel."""
        return panel_id in self._stopped

    async def stop(self, panel_id: str) -> None:
        """Store that somebody stopped a panel."""
        await self._database.write(repositories.mark_stopped(self.key(panel_id), time.time()))
        self._stopped.add(panel_id)

    async def start(self, panel_id: str) -> None:
        """Store that a panel may run."""
        await self._database.write(repositories.mark_stopped(self.key(panel_id), None))
        self._stopped.discard(panel_id)

    def forget(self, panel_id: str) -> None:
        """Know of a panel no more, for it was deleted, or made anew."""
        self._stopped.discard(panel_id)


def blob_of(source: str) -> str:
    """Return git's name of a source."""
    content = source.encode()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def described(row: Panel, result: ParseResult, blob: str) -> Panel:
    """Return the row as it is with another source; one with errors keeps the old description."""
    changes: dict[str, object] = {
        "source_hash": result.source_hash,
        "updated_at": time.time(),
        "deleted_at": None,
        "blob": blob,
        "problem": None if result.ok else invalid_panel(result.diagnostics).message,
    }
    if result.ast is not None:
        ast = result.ast
        changes |= {"title": ast.title, "description": ast.description, "icon": ast.icon}
    return row.changed(**changes)


def name_of(ast: PanelAst) -> str:
    """Call a panel after its id or its title."""
    text = unicodedata.normalize("NFKD", ast.id or ast.title or "panel")
    plain = text.encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:64].strip("-") or "panel"


__all__ = ["PanelIndex", "blob_of", "described", "name_of"]
