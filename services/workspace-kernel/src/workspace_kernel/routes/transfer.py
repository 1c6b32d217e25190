"""Archives of panels over REST: out of a workspace, and into one."""

from typing import Final, cast, get_args

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ConflictPolicy, Imported
from workspace_kernel.routes.operation import Answer, Call, Operation, Query
from workspace_kernel.routes.panels import PANEL, panels_of
from workspace_kernel.services.transfer import exported, imported

WORKSPACE: Final = "/api/workspaces/{workspace}"
_POLICIES: Final[tuple[str, ...]] = get_args(ConflictPolicy)
_FLAGS: Final = ("true", "false")


async def export_workspace(call: Call[object]) -> Answer:
    """Answer an archive of all panels."""
    return await _export(call, None, call.path("workspace"))


async def export_panel(call: Call[object]) -> Answer:
    """Answer an archive of one panel."""
    return await _export(call, call.path("panel"), call.path("panel"))


async def import_panels(call: Call[object]) -> Answer:
    """Take panels in."""
    done = await imported(
        panels_of(call),
        cast("bytes", call.body),
        _policy(call.query("conflict")),
        dry_run=_flag(call, "dryRun"),
        author=call.principal.author,
    )
    return Answer(done)


async def _export(call: Call[object], panel_id: str | None, name: str) -> Answer:
    info = call.kernel.workspaces.info(call.path("workspace"))
    content = await exported(info, panels_of(call), panel_id)
    # Names of workspaces and panels need no quoting.
    return Answer(content, 200, {"content-disposition": f'attachment; filename="{name}.zip"'})


def _policy(given: str | None) -> ConflictPolicy:
    if given is None:
        return "refuse"
    if given not in _POLICIES:
        raise KernelError(ErrorCode.BAD_REQUEST, f"conflict is one of {', '.join(_POLICIES)}.")
    return cast("ConflictPolicy", given)


def _flag(call: Call[object], name: str) -> bool:
    given = call.query(name)
    if given not in (None, *_FLAGS):
        raise KernelError(ErrorCode.BAD_REQUEST, f"{name} is true or false.")
    return given == "true"


OPERATIONS = (
    Operation(
        method="GET",
        path=WORKSPACE + "/export",
        name="exportWorkspace",
        summary="All panels in one archive: sources, and states with their revisions.",
        handler=export_workspace,
        answers={200: bytes},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.PAYLOAD_TOO_LARGE),
    ),
    Operation(
        method="GET",
        path=PANEL + "/export",
        name="exportPanel",
        summary="One panel in an archive: its source, and its state with its revision.",
        handler=export_panel,
        answers={200: bytes},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.PAYLOAD_TOO_LARGE),
    ),
    Operation(
        method="POST",
        path=WORKSPACE + "/import",
        name="importPanels",
        summary="Take the panels of an archive in; nothing is changed unless all of them can be.",
        handler=import_panels,
        body=bytes,
        makes=True,
        answers={200: Imported},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PANEL,
            ErrorCode.INVALID_ARGUMENTS,
            ErrorCode.UNAVAILABLE,
        ),
        queries=(
            Query(
                "conflict",
                "What becomes of a panel that is there: refuse (the whole), skip or replace (it).",
                _POLICIES,
            ),
            Query("dryRun", "true says what would be done, and changes nothing.", _FLAGS),
        ),
    ),
)

__all__ = ["OPERATIONS"]
