"""Panels and their sources over REST. A source's SHA-256 is its ETag."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.resources import (
    Check,
    NewPanel,
    Page,
    PanelDocument,
    PanelDraft,
    PanelInfo,
    SavedPanel,
    Source,
)
from workspace_kernel.routes import conditions
from workspace_kernel.routes.operation import Answer, Call, Operation
from workspace_kernel.services.checking import check
from workspace_kernel.services.panels import Panels

PANELS = "/api/workspaces/{workspace}/panels"
PANEL = PANELS + "/{panel}"

IF_MATCH = (
    "If-Match",
    "The ETag of the source to be replaced; 412 when it is another.",
)


def panels_of(call: Call[object]) -> Panels:
    """Return the panels of the workspace that a request names."""
    return call.kernel.workspaces.panels(call.path("workspace"))


async def list_panels(call: Call[object]) -> Answer:
    """Answer the panels of a workspace."""
    return Answer(await panels_of(call).page(call.cursor, call.limit))


async def create_panel(call: Call[object]) -> Answer:
    """Make a panel."""
    created = await panels_of(call).create(cast("NewPanel", call.body), call.principal.author)
    location = f"/api/workspaces/{call.path('workspace')}/panels/{created.id}"
    return Answer(created, 201, {"location": location, **etag(created)})


async def read_panel(call: Call[object]) -> Answer:
    """Answer a panel with its source."""
    found = await panels_of(call).read(call.path("panel"))
    return Answer(found, 200, etag(found))


async def save_panel(call: Call[object]) -> Answer:
    """Store a source; the running panel goes on with it."""
    saved, new = await panels_of(call).save(
        call.path("panel"),
        cast("PanelDraft", call.body),
        await if_match(call),
        call.principal.author,
    )
    return Answer(saved, 201 if new else 200, etag(saved))


async def delete_panel(call: Call[object]) -> Answer:
    """Delete a panel with its state."""
    await panels_of(call).delete(call.path("panel"), await if_match(call), call.principal.author)
    return Answer(None, 204)


async def check_source(call: Call[object]) -> Answer:
    """Say what the parser finds in a source."""
    result = await check(cast("Source", call.body).source)
    return Answer(
        Check(
            ok=result.ok,
            diagnostics=result.diagnostics,
            repairs=result.repairs,
            capabilities=result.capabilities,
            source_hash=result.source_hash,
        )
    )


def etag(panel: PanelInfo) -> dict[str, str]:
    """Return the header that names a source."""
    return {"etag": f'"{panel.source_hash}"'}


async def if_match(call: Call[object]) -> str | None:
    """Return the source that a request is to replace: its hash, ``*`` for any, None for whatever.

    Raises:
        KernelError: BAD_REQUEST, that is no list of ETags; NOT_FOUND.

    """
    given = call.header("if-match")
    if given is None:
        return None
    first, *others = conditions.named(given, "If-Match")
    if (
        others
        and (present := (await panels_of(call).read(call.path("panel"))).source_hash) in others
    ):
        return present
    return first


OPERATIONS = (
    Operation(
        method="GET",
        path=PANELS,
        name="listPanels",
        summary="The panels of a workspace, by id.",
        handler=list_panels,
        answers={200: Page[PanelInfo]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="POST",
        path=PANELS,
        name="createPanel",
        summary="Make a panel.",
        handler=create_panel,
        body=NewPanel,
        makes=True,
        answers={201: SavedPanel},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PANEL,
            ErrorCode.INVALID_ARGUMENTS,
            ErrorCode.UNAVAILABLE,
        ),
    ),
    Operation(
        method="GET",
        path=PANEL,
        name="readPanel",
        summary="A panel with its source.",
        handler=read_panel,
        answers={200: PanelDocument},
        errors=(ErrorCode.NOT_FOUND,),
        tagged=True,
    ),
    Operation(
        method="PUT",
        path=PANEL,
        name="savePanel",
        summary="Store a panel's source; it is made if it is not there, reloaded if it runs.",
        handler=save_panel,
        body=PanelDraft,
        answers={200: SavedPanel, 201: SavedPanel},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.PRECONDITION_FAILED,
            ErrorCode.INVALID_PANEL,
            ErrorCode.INVALID_ARGUMENTS,
            ErrorCode.UNAVAILABLE,
        ),
        headers=(IF_MATCH,),
    ),
    Operation(
        method="DELETE",
        path=PANEL,
        name="deletePanel",
        summary="Delete a panel, its state and its log.",
        handler=delete_panel,
        answers={204: None},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.PRECONDITION_FAILED,
            ErrorCode.UNAVAILABLE,
        ),
        headers=(IF_MATCH,),
    ),
    Operation(
        method="POST",
        path="/api/check",
        name="checkSource",
        summary="What the parser finds in a source; nothing is stored.",
        handler=check_source,
        body=Source,
        answers={200: Check},
    ),
)

__all__ = ["IF_MATCH", "OPERATIONS", "PANEL", "etag", "if_match", "panels_of"]
