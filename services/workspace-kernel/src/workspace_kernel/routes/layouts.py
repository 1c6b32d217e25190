"""Where somebody's windows stand on the canvas of a workspace, over REST.

The last writer wins: a layout is one person's own, from browsers of their own, and nobody wants to
be asked which place of a window is the right one.
"""

from typing import cast

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import CanvasLayout, KeptLayout
from workspace_kernel.routes.operation import Answer, Call, Operation

_PATH = "/api/workspaces/{workspace}/layout"


async def read_layout(call: Call[object]) -> Answer:
    """Answer where the windows of who asks stand."""
    layouts, user = call.people.layouts, call.principal.user or ""
    return Answer(await layouts.read(call.path("workspace"), user))


async def save_layout(call: Call[object]) -> Answer:
    """Keep where the windows of who asks stand."""
    layouts, user = call.people.layouts, call.principal.user or ""
    await layouts.save(call.path("workspace"), user, cast("CanvasLayout", call.body))
    return Answer(None, 204)


OPERATIONS = (
    Operation(
        method="GET",
        path=_PATH,
        name="readLayout",
        summary="Where one's own windows stand on the canvas of a workspace.",
        handler=read_layout,
        answers={200: KeptLayout},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="PUT",
        path=_PATH,
        name="saveLayout",
        summary="Keep where one's own windows stand; the last who saves wins.",
        handler=save_layout,
        body=CanvasLayout,
        answers={204: None},
        errors=(ErrorCode.NOT_FOUND,),
    ),
)

__all__ = ["OPERATIONS"]
