"""Workspaces over REST."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.auth.permissions import rule_of_route
from workspace_kernel.resources import NewWorkspace, Page, WorkspaceInfo, WorkspaceUsage
from workspace_kernel.routes.operation import Answer, Call, Operation


async def list_workspaces(call: Call[object]) -> Answer:
    """Answer the workspaces that somebody is in."""
    kernel, after, limit = call.kernel, call.cursor or "", call.limit
    seen = await kernel.gate.workspaces(call.principal, after, limit + 1)
    return Answer(kernel.workspaces.page(seen, after, limit))


async def create_workspace(call: Call[object]) -> Answer:
    """Make a workspace, for whoever asks."""
    new = cast("NewWorkspace", call.body)
    people = call.kernel.people
    owner = people.rights.first_member(new.id, call.caller) if people else ()
    if new.copy_of is not None:
        await call.kernel.gate.standing(call.principal, rule_of_route("readPanel"), new.copy_of)
    author = call.principal.author
    created = await call.kernel.workspaces.create(new, *owner, author=author)
    return Answer(created, 201, {"location": f"/api/workspaces/{created.id}"})


async def list_usage(call: Call[object]) -> Answer:
    """Answer what the workspaces hold that somebody is in."""
    kernel, after, limit = call.kernel, call.cursor or "", call.limit
    seen = await kernel.gate.workspaces(call.principal, after, limit + 1)
    return Answer(await kernel.workspaces.usage(seen, after, limit))


async def read_workspace(call: Call[object]) -> Answer:
    """Answer one workspace."""
    return Answer(call.kernel.workspaces.info(call.path("workspace")))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/workspaces",
        name="listWorkspaces",
        summary="The workspaces that one is in, by id.",
        handler=list_workspaces,
        answers={200: Page[WorkspaceInfo]},
        paged=True,
    ),
    Operation(
        method="POST",
        path="/api/workspaces",
        name="createWorkspace",
        summary="Make a workspace.",
        handler=create_workspace,
        body=NewWorkspace,
        makes=True,
        answers={201: WorkspaceInfo},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT, ErrorCode.INVALID_ARGUMENTS),
    ),
    Operation(
        method="GET",
        path="/api/usage",
        name="listUsage",
        summary="What the workspaces hold that one is in, by id.",
        handler=list_usage,
        answers={200: Page[WorkspaceUsage]},
        paged=True,
    ),
    Operation(
        method="GET",
        path="/api/workspaces/{workspace}",
        name="readWorkspace",
        summary="One workspace.",
        handler=read_workspace,
        answers={200: WorkspaceInfo},
        errors=(ErrorCode.NOT_FOUND,),
    ),
)

__all__ = ["OPERATIONS"]
