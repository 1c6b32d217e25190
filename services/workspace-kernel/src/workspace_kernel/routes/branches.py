"""The branches of a workspace over REST."""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.resources import BranchInfo, CommitInfo, Merge, NewBranch, Page, Switch
from workspace_kernel.routes import conditions
from workspace_kernel.routes.operation import Answer, Call, Operation, Query
from workspace_kernel.services.branches import Branches

BRANCHES = "/api/workspaces/{workspace}/branches"


def _branches(call: Call[object]) -> Branches:
    return call.kernel.workspaces.panels(call.path("workspace")).branches


async def list_branches(call: Call[object]) -> Answer:
    """Answer the branches."""
    return Answer(await _branches(call).page(call.cursor, call.limit))


async def create_branch(call: Call[object]) -> Answer:
    """Make a branch."""
    made = await _branches(call).create(cast("NewBranch", call.body))
    return Answer(made, 201, _etag(made))


async def delete_branch(call: Call[object]) -> Answer:
    """Delete a branch."""
    given = call.header("if-match")
    seen = None if given is None else conditions.named(given, "If-Match")
    at = None if seen is None or conditions.ANYTHING in seen else seen
    await _branches(call).delete(call.query("name") or "", at)
    return Answer(None, 204)


async def merge_branch(call: Call[object]) -> Answer:
    """Bring what a branch has into the one that is checked out."""
    merge = cast("Merge", call.body)
    return Answer(await _branches(call).merge(merge, call.principal.author))


async def switch_branch(call: Call[object]) -> Answer:
    """Check a branch out."""
    by = call.principal.name if call.principal.user else None
    shown = await _branches(call).switch(cast("Switch", call.body), by)
    return Answer(shown, 200, _etag(shown))


def _etag(branch: BranchInfo) -> dict[str, str]:
    return {"etag": f'"{branch.head}"'}


OPERATIONS = (
    Operation(
        method="GET",
        path=BRANCHES,
        name="listBranches",
        summary="The branches of a workspace's repository; the one checked out takes the saves.",
        handler=list_branches,
        answers={200: Page[BranchInfo]},
        paged=True,
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path=BRANCHES,
        name="createBranch",
        summary="Make a branch, without checking it out.",
        handler=create_branch,
        makes=True,
        body=NewBranch,
        answers={201: BranchInfo},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PATH,
            ErrorCode.UNAVAILABLE,
        ),
    ),
    Operation(
        method="DELETE",
        path=BRANCHES,
        name="deleteBranch",
        summary="Delete a branch that is not checked out.",
        handler=delete_branch,
        answers={204: None},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.PRECONDITION_FAILED,
            ErrorCode.INVALID_PATH,
            ErrorCode.UNAVAILABLE,
        ),
        headers=(("If-Match", "The head of the branch as an ETag; 412 when it is another."),),
        queries=(Query("name", "The branch.", required=True),),
    ),
    Operation(
        method="POST",
        path=BRANCHES + "/merge",
        name="mergeBranch",
        summary="Bring what a branch has into the one checked out, as one commit; panels follow.",
        handler=merge_branch,
        body=Merge,
        answers={200: CommitInfo},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PATH,
            ErrorCode.UNAVAILABLE,
        ),
    ),
    Operation(
        method="POST",
        path=BRANCHES + "/switch",
        name="switchBranch",
        summary="Check a branch out; its panels run from then on, and saves go to it.",
        handler=switch_branch,
        body=Switch,
        makes=True,
        answers={200: BranchInfo},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PATH,
            ErrorCode.UNAVAILABLE,
        ),
    ),
)

__all__ = ["OPERATIONS"]
