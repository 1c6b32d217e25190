"""Change nodes of a stored panel in its source, and save what comes of it like any source.

How an operation is applied, and when it is not, is the parser's business.
"""

import asyncio
from collections.abc import Sequence

from nexus_core.history import Author
from nexus_core.parser import AddressError, EditResult, FormatError, edit, node_hash
from nexus_protocol import ErrorCode, Json
from nexus_protocol.edits import EditConflict, EditOperation
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Edited, PanelDocument, PanelDraft, PanelNode, SavedPanel
from workspace_kernel.services.panels import Panels


async def node(panels: Panels, panel_id: str, address: str) -> PanelNode:
    """Return a node of a panel's source.

    Raises:
        KernelError: NOT_FOUND, there is no such panel or node; INVALID_PANEL, the node cannot be
            named by a hash.

    """
    source = (await panels.read(panel_id)).source
    try:
        found = await asyncio.to_thread(node_hash, source, address)
    except AddressError as error:
        raise KernelError(ErrorCode.NOT_FOUND, f"The panel has no node {address!r}.") from error
    except FormatError as error:
        raise KernelError(ErrorCode.INVALID_PANEL, str(error)) from error
    return PanelNode(address=address, hash=found)


async def edit_panel(
    panels: Panels,
    panel_id: str,
    operations: Sequence[EditOperation],
    if_match: str | None,
    author: Author,
) -> SavedPanel:
    """Apply operations to a panel's source, all or none, and save it.

    Raises:
        KernelError: NOT_FOUND; CONFLICT, with the reason for each operation that cannot be applied;
            PRECONDITION_FAILED, the source is another than ``if_match`` names, or became another
            meanwhile; INVALID_PANEL, the source had errors before.

    """
    present, result = await _applied(panels, panel_id, operations, if_match)
    if result.conflicts:
        raise _refused(result.conflicts)
    draft = PanelDraft(source=result.source)
    saved, _ = await panels.save(panel_id, draft, present.source_hash, author)
    return saved


async def check_edits(
    panels: Panels, panel_id: str, operations: Sequence[EditOperation], if_match: str | None
) -> Edited:
    """Return what operations would make of a panel's source, with errors or without.

    Raises:
        KernelError: NOT_FOUND; CONFLICT, with the reason for each operation that cannot be applied;
            PRECONDITION_FAILED, the source is another than ``if_match`` names.

    """
    _, result = await _applied(panels, panel_id, operations, if_match)
    if result.conflicts and result.refused is None:
        raise _refused(result.conflicts)
    return Edited(source=result.refused or result.source, diagnostics=result.diagnostics)


async def _applied(
    panels: Panels, panel_id: str, operations: Sequence[EditOperation], if_match: str | None
) -> tuple[PanelDocument, EditResult]:
    present = await panels.read(panel_id)
    if if_match not in (None, "*", present.source_hash):
        raise KernelError(ErrorCode.PRECONDITION_FAILED, "The panel has another source by now.")
    return present, await asyncio.to_thread(edit, present.source, operations)


def _refused(conflicts: Sequence[EditConflict]) -> KernelError:
    told: list[Json] = [each.model_dump(mode="json") for each in conflicts]
    return KernelError(ErrorCode.CONFLICT, conflicts[0].hint, {"conflicts": told})


__all__ = ["check_edits", "edit_panel", "node"]
