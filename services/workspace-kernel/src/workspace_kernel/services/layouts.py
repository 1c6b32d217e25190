"""Where people's windows stand on the canvases of their workspaces."""

import time
from functools import partial

from pydantic import TypeAdapter

from workspace_kernel.account_resources import CanvasLayout, KeptLayout, Window
from workspace_kernel.db import accounts
from workspace_kernel.db.models import StoredLayout
from workspace_kernel.db.session import Database

_WINDOWS = TypeAdapter(tuple[Window, ...])


class Layouts:
    """The layouts of all accounts."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self, workspace: str, user: str) -> KeptLayout:
        """Return a user's layout of a workspace: no windows at no time, before the first save."""
        query = partial(accounts.layout, workspace_id=workspace, account_id=user)
        found = await self._database.read(query)
        if found is None:
            return KeptLayout(windows=())
        return KeptLayout(windows=_WINDOWS.validate_json(found.windows), saved_at=found.saved_at)

    async def save(self, workspace: str, user: str, layout: CanvasLayout) -> None:
        """Keep a user's layout of a workspace in place of the one before."""
        row = StoredLayout(
            workspace_id=workspace,
            account_id=user,
            windows=_WINDOWS.dump_json(layout.windows, by_alias=True).decode(),
            saved_at=time.time(),
        )
        await self._database.write(*accounts.put_layout(row))


__all__ = ["Layouts"]
