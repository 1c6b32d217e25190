"""Looking back over REST: who changed what, how versions differ, and one of them again."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.resources import CommitInfo, Page, PanelDiff, Restore, SavedPanel
from workspace_kernel.routes.operation import Answer, Call, Operation, Query
from workspace_kernel.routes.panels import IF_MATCH, PANEL, etag, if_match, panels_of


async def list_history(call: Call[object]) -> Answer:
    """Answer the versions of a panel's source."""
    return Answer(await panels_of(call).past.history(call.path("panel"), call.cursor, call.limit))


async def list_workspace_history(call: Call[object]) -> Answer:
    """Answer the commits of a workspace."""
    return Answer(await panels_of(call).past.history(None, call.cursor, call.limit))


async def diff_panel(call: Call[object]) -> Answer:
    """Answer how two versions of a panel's source differ."""
    asked = call.query("from"), call.query("to")
    return Answer(await panels_of(call).past.diff(call.path("panel"), *asked))


async def restore_panel(call: Call[object]) -> Answer:
    """Make an earlier version the present one."""
    wanted = cast("Restore", call.body).commit
    author = call.principal.author
    replaced = await if_match(call)
    saved = await panels_of(call).restore(call.path("panel"), wanted, replaced, author)
    return Answer(saved, 200, etag(saved))


OPERATIONS = (
    Operation(
        method="GET",
        path=PANEL + "/history",
        name="listHistory",
        summary="The versions of a panel's source, newest first, through its renames.",
        handler=list_history,
        answers={200: Page[CommitInfo]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="GET",
        path="/api/workspaces/{workspace}/history",
        name="listWorkspaceHistory",
        summary="The commits of a workspace, newest first.",
        handler=list_workspace_history,
        answers={200: Page[CommitInfo]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="GET",
        path=PANEL + "/diff",
        name="diffPanel",
        summary="How a panel's source differs between two versions.",
        handler=diff_panel,
        answers={200: PanelDiff},
        errors=(ErrorCode.NOT_FOUND,),
        queries=(
            Query("from", "A commit or branch; without it, the one that is checked out."),
            Query("to", "A commit or branch; without it, what is there now, committed or not."),
        ),
    ),
    Operation(
        method="POST",
        path=PANEL + "/restore",
        name="restorePanel",
        summary="Commit an earlier version anew; a panel that was deleted is made again.",
        handler=restore_panel,
        body=Restore,
        makes=True,
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
