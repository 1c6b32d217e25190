"""Archives of the panels in a data folder that no kernel uses.

A kernel is brought up for it that takes up what the last one left behind; it runs nothing but a
panel whose state is to be replaced. While one serves, the same is asked of it over HTTP.
"""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError, missing_workspace
from workspace_kernel.kernel import Kernel, running
from workspace_kernel.resources import ConflictPolicy, Imported, NewWorkspace
from workspace_kernel.services.archives import LARGEST
from workspace_kernel.services.transfer import exported, imported
from workspace_kernel.serving import ServeError, claimed
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry


def write_archive(settings: Settings, panel_id: str | None, output: str | None) -> str:
    """Write all panels of the settings' workspace to a new file, or one; returns what was done.

    Raises:
        ServeError: a kernel uses the data folder, or there is none.
        KernelError: NOT_FOUND, PAYLOAD_TOO_LARGE.
        OSError: the file is there, or cannot be written.

    """
    if not settings.data.is_dir():
        raise ServeError(f"There is no data folder {settings.data}.")
    content = asyncio.run(_exported(settings, panel_id))
    path = Path(output or f"{panel_id or settings.workspace}.zip")
    # A state may hold what is nobody else's business.
    with open(path, "xb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
        file.write(content)
    return f"Wrote {path}."


def read_archive(
    settings: Settings, file: str, conflict: ConflictPolicy, *, dry_run: bool
) -> Imported:
    """Take the panels of a file into the settings' workspace, which is made if it is not there.

    Raises:
        ServeError: a kernel uses the data folder.
        KernelError: as ``services.transfer.imported`` does.
        OSError: the file cannot be read.

    """
    with Path(file).open("rb") as opened:
        content = opened.read(LARGEST + 1)
    if len(content) > LARGEST:
        text = f"{file} is longer than {LARGEST} bytes."
        raise KernelError(ErrorCode.PAYLOAD_TOO_LARGE, text)
    return asyncio.run(_imported(settings, content, conflict, dry_run=dry_run))


async def _exported(settings: Settings, panel_id: str | None) -> bytes:
    async with _quiet(settings) as kernel:
        info = kernel.workspaces.info(settings.workspace)
        return await exported(info, kernel.workspaces.panels(settings.workspace), panel_id)


async def _imported(
    settings: Settings, content: bytes, conflict: ConflictPolicy, *, dry_run: bool
) -> Imported:
    async with _quiet(settings) as kernel:
        if settings.workspace not in kernel.workspaces:
            # It is good before anything is made for it.
            planned = await imported(None, content)
            if dry_run:
                return planned
            if settings.auth == "accounts":  # It would be nobody's.
                raise missing_workspace(settings.workspace)
            await kernel.workspaces.create(NewWorkspace(id=settings.workspace))
        panels = kernel.workspaces.panels(settings.workspace)
        return await imported(panels, content, conflict, dry_run=dry_run)


@asynccontextmanager
async def _quiet(settings: Settings) -> AsyncGenerator[Kernel]:
    """Bring a kernel up that nobody else can ask anything, and down again."""
    with claimed(settings):
        async with running(settings, Telemetry(), only_recover=True) as kernel:
            try:
                yield kernel
            finally:
                await kernel.runtime.stop(settings.drain_seconds)


__all__ = ["read_archive", "write_archive"]
