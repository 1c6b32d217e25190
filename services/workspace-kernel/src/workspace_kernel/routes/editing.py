"""Sources over REST as an editor needs them: laid out, read by node, changed by node."""

import asyncio
from typing import cast

from nexus_core.parser import FormatError, format_source
from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Edited, Edits, Formatted, PanelNode, SavedPanel, Source
from workspace_kernel.routes.operation import Answer, Call, Operation, Query
from workspace_kernel.routes.panels import IF_MATCH, PANEL, etag, if_match, panels_of
from workspace_kernel.services import editing


async def format_given(call: Call[object]) -> Answer:
    """Lay a source out."""
    source = cast("Source", call.body).source
    try:
        return Answer(Formatted(source=await asyncio.to_thread(format_source, source)))
    except FormatError as error:
        raise KernelError(ErrorCode.INVALID_PANEL, str(error)) from None


async def read_node(call: Call[object]) -> Answer:
    """Answer a node of a panel's source."""
    address = call.query("address")
    if address is None:
        raise KernelError(ErrorCode.BAD_REQUEST, "Give the address of a node.")
    return Answer(await editing.node(panels_of(call), call.path("panel"), address))


async def check_edits(call: Call[object]) -> Answer:
    """Say what changes of nodes would come to."""
    operations = cast("Edits", call.body).operations
    matching = await if_match(call)
    panel = call.path("panel")
    return Answer(await editing.check_edits(panels_of(call), panel, operations, matching))


async def edit_panel(call: Call[object]) -> Answer:
    """Change nodes of a panel in its source."""
    operations = cast("Edits", call.body).operations
    saved = await editing.edit_panel(
        panels_of(call), call.path("panel"), operations, await if_match(call), call.principal.author
    )
    return Answer(saved, 200, etag(saved))


OPERATIONS = (
    Operation(
        method="POST",
        path="/api/format",
        name="formatSource",
        summary="A source in canonical layout; nothing is stored.",
        handler=format_given,
        body=Source,
        answers={200: Formatted},
        errors=(ErrorCode.INVALID_PANEL,),
    ),
    Operation(
        method="GET",
        path=PANEL + "/node",
        name="readNode",
        summary="A node of a panel's source, and the hash that an edit of it names.",
        handler=read_node,
        answers={200: PanelNode},
        errors=(ErrorCode.BAD_REQUEST, ErrorCode.NOT_FOUND, ErrorCode.INVALID_PANEL),
        queries=(
            Query("address", "Which node: ``#id`` or ``Layout/Input[email]``.", required=True),
        ),
    ),
    Operation(
        method="POST",
        path=PANEL + "/edits/check",
        name="checkEdits",
        summary="What edits would make of a panel's source, and what is wrong with that; "
        "nothing is stored.",
        handler=check_edits,
        body=Edits,
        answers={200: Edited},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.PRECONDITION_FAILED),
        headers=(IF_MATCH,),
    ),
    Operation(
        method="POST",
        path=PANEL + "/edits",
        name="editPanel",
        summary="Change nodes of a panel in its source, all or none; other text stays as it is.",
        handler=edit_panel,
        body=Edits,
        answers={200: SavedPanel},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.PRECONDITION_FAILED,
            ErrorCode.INVALID_PANEL,
            ErrorCode.UNAVAILABLE,
        ),
        headers=(IF_MATCH,),
    ),
)

__all__ = ["OPERATIONS"]
