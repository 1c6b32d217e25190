"""Panels out of a workspace and into one: what an archive holds, and what becomes of what is there.

All of an archive is looked at before anything is changed. How it is written is the business of
``services.archives``; how a panel is made and saved that of ``services.panels``.
"""

import asyncio
from collections.abc import Sequence

from nexus_core.history import Author
from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError, invalid_panel
from workspace_kernel.resources import (
    ConflictPolicy,
    Imported,
    ImportedPanel,
    NewPanel,
    PanelDraft,
    WorkspaceInfo,
)
from workspace_kernel.services.archives import Archive, Carried, pack, unpack
from workspace_kernel.services.checking import check, require_state
from workspace_kernel.services.panels import Panels
from workspace_kernel.services.sources import LOCAL_USER


async def exported(workspace: WorkspaceInfo, panels: Panels, panel_id: str | None = None) -> bytes:
    """Return an archive of all panels, or of one.

    Raises:
        KernelError: NOT_FOUND; PAYLOAD_TOO_LARGE, it is more than an archive holds.

    """
    ids = await panels.ids() if panel_id is None else [panel_id]
    carried = [await panels.carried(each) for each in ids]
    archive = Archive(workspace=workspace.id, title=workspace.title, panels=carried)
    return await asyncio.to_thread(pack, archive)


async def imported(
    panels: Panels | None,
    data: bytes,
    conflict: ConflictPolicy = "refuse",
    *,
    dry_run: bool = False,
    author: Author = LOCAL_USER,
) -> Imported:
    """Take the panels of an archive into a workspace, and say what became of each.

    Args:
        panels: Those of the workspace; None for one that is to be made, where nothing is changed.
        data: The archive.
        conflict: What becomes of a panel that is there already.
        dry_run: Say it, and change nothing.
        author: Who does it.

    Raises:
        KernelError: BAD_REQUEST or PAYLOAD_TOO_LARGE, the archive; INVALID_PANEL or
            INVALID_ARGUMENTS, a panel in it; CONFLICT, one is there already and is not to be
            replaced, or is stopped. Then nothing was changed.

    """
    archive = await asyncio.to_thread(unpack, data)
    for each in archive.panels:
        await _require_good(each)
    told = [await _outcome(panels, each, conflict) for each in archive.panels]
    if panels is not None and not dry_run:
        _require_free(told)
        for each, outcome in zip(archive.panels, told, strict=True):
            await _take_in(panels, each, outcome, author)
    return Imported(
        dry_run=dry_run or panels is None, workspace=archive.workspace, panels=tuple(told)
    )


async def _require_good(each: Carried) -> None:
    """Refuse a panel that could not be made."""
    result = await check(each.source)
    if not result.ok or result.ast is None:
        error = invalid_panel(result.diagnostics)
        text = f"The panel {each.id} of the archive: {error.message}"
        raise KernelError(error.code, text, error.details)
    try:
        require_state(result.ast, each.state)
    except KernelError as error:
        text = f"The panel {each.id} of the archive: {error.message}"
        raise KernelError(error.code, text) from None


async def _outcome(panels: Panels | None, each: Carried, conflict: ConflictPolicy) -> ImportedPanel:
    present = None if panels is None else await panels.find(each.id)
    if present is None:
        return ImportedPanel(id=each.id, action="create")
    if conflict == "skip":
        return ImportedPanel(id=each.id, action="skip")
    if conflict == "refuse":
        return ImportedPanel(id=each.id, action="conflict", why="It is there already.")
    if present.status == "stopped":
        return ImportedPanel(id=each.id, action="conflict", why="It is stopped; start it first.")
    return ImportedPanel(id=each.id, action="replace")


def _require_free(told: Sequence[ImportedPanel]) -> None:
    taken = [each for each in told if each.action == "conflict"]
    if taken:
        names = ", ".join(each.id for each in taken[:5]) + (" …" if taken[5:] else "")
        raise KernelError(
            ErrorCode.CONFLICT,
            f"Nothing was imported: {names}. {taken[0].why} Skip or replace what is there.",
            {"panels": [each.id for each in taken]},
        )


async def _take_in(panels: Panels, each: Carried, outcome: ImportedPanel, author: Author) -> None:
    state = dict(each.state)
    match outcome.action:
        case "create":
            new = NewPanel(id=each.id, source=each.source, state=state)
            await panels.create(new, author, first_rev=each.rev)
        case "replace":
            draft = PanelDraft(source=each.source, state=state)
            await panels.save(each.id, draft, None, author)
        case _:
            pass


__all__ = ["exported", "imported"]
