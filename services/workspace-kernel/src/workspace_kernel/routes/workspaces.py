"""Workspaces over REST."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.resources import NewWorkspace, Page, WorkspaceInfo
from workspace_kernel.routes.operation import Answer, Call, Operation


async def list_workspaces(call: Call[object]) -> Answer:
    """Answer all workspaces."""
    return Answer(call.kernel.workspaces.page())


async def create_workspace(call: Call[object]) -> Answer:
    """Make a workspace."""
    created = await call.kernel.workspaces.create(cast("NewWorkspace", call.body))
    return Answer(created, 201, {"location": f"/api/workspaces/{created.id}"})


async def read_workspace(call: Call[object]) -> Answer:
    """Answer one workspace."""
    return Answer(call.kernel.workspaces.info(call.path("workspace")))


OPERATIONS = (
    Operation(
        method="GET",
        path="/api/workspaces",
        name="listWorkspaces",
        summary="All workspaces.",
        handler=list_workspaces,
        answers={200: Page[WorkspaceInfo]},
    ),
    Operation(
        method="POST",
        path="/api/workspaces",
        name="createWorkspace",
        summary="Make a workspace.",
        handler=create_workspace,
        body=NewWorkspace,
        answers={201: WorkspaceInfo},
        errors=(ErrorCode.CONFLICT,),
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
