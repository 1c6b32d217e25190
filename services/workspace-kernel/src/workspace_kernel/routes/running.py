"""A running panel over REST: its tree, its state, its log, and its tools."""

import asyncio
import uuid
from typing import cast

from nexus_core.recording import Record
from nexus_core.replaying import Replayed
from nexus_protocol import Change, ErrorCode, PanelAst
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import (
    ExecutionEntry,
    ExecutionRecord,
    Page,
    PanelInfo,
    PanelState,
    Replay,
    Revision,
    ToolCall,
    TriggerInfo,
    Undo,
)
from workspace_kernel.routes import conditions
from workspace_kernel.routes.operation import Answer, Call, Operation
from workspace_kernel.routes.panels import PANEL, panels_of
from workspace_kernel.security import trace_id
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.services.paging import part

_IDEMPOTENCY = ("Idempotency-Key", "Names the call: repeated with the same it runs once.")
_OPENING = (
    ErrorCode.NOT_FOUND,
    ErrorCode.CONFLICT,
    ErrorCode.INVALID_PANEL,
    ErrorCode.UNAVAILABLE,
)


async def read_ast(call: Call[object]) -> Answer:
    """Answer the tree that a panel runs."""
    async with panels_of(call).use(call.path("panel")) as panel:
        return Answer(panel.ast)


async def read_state(call: Call[object]) -> Answer:
    """Answer a panel's state and computed values."""
    async with panels_of(call).use(call.path("panel")) as panel:
        return Answer(await panel.whole_state(call.query_number("rev")))


async def read_log(call: Call[object]) -> Answer:
    """Answer the changes of a panel's state."""
    return Answer(await panels_of(call).past.changes(call.path("panel"), call.number, call.limit))


async def list_executions(call: Call[object]) -> Answer:
    """Answer what ran."""
    return Answer(
        await panels_of(call).past.executions(call.path("panel"), call.number, call.limit)
    )


async def read_execution(call: Call[object]) -> Answer:
    """Answer one execution."""
    found = await panels_of(call).past.execution(call.path("panel"), call.path("execution"))
    return Answer(found)


async def read_record(call: Call[object]) -> Answer:
    """Answer what runs an execution again."""
    return Answer(await panels_of(call).past.record(call.path("panel"), call.path("execution")))


async def replay_execution(call: Call[object]) -> Answer:
    """Run an execution again, changing nothing."""
    source = cast("Replay", call.body).source
    panels = panels_of(call)
    return Answer(await panels.past.replay(call.path("panel"), call.path("execution"), source))


async def call_tool(call: Call[object]) -> Answer:
    """Run a tool to its end."""
    request = ToolRequest(
        id=_key(call),
        tool=call.path("tool"),
        args=cast("ToolCall", call.body).args,
        cause="rest",
        user=call.principal.user,
        trace=trace_id(call.request.scope) if call.header("traceparent") else None,
    )
    async with panels_of(call).use(call.path("panel")) as panel:
        return Answer(await asyncio.shield(await panel.call(request)))


async def cancel_execution(call: Call[object]) -> Answer:
    """End an execution."""
    async with panels_of(call).use(call.path("panel")) as panel:
        if not panel.cancel(call.path("execution")):
            raise KernelError(ErrorCode.NOT_FOUND, "No execution of that id is under way.")
    return Answer(None, 204)


async def undo(call: Call[object]) -> Answer:
    """Take changes back."""
    asked = cast("Undo", call.body)
    if asked.rev is not None and asked.to is not None:
        raise KernelError(ErrorCode.INVALID_ARGUMENTS, "Give rev or to, not both.")
    async with panels_of(call).use(call.path("panel")) as panel:
        undone = await panel.undo(_key(call), asked, call.principal.user)
        return Answer(Revision(rev=await asyncio.shield(undone)))


async def redo(call: Call[object]) -> Answer:
    """Make anew what was taken back."""
    async with panels_of(call).use(call.path("panel")) as panel:
        redone = await panel.redo(_key(call), call.principal.user)
        return Answer(Revision(rev=await asyncio.shield(redone)))


async def start_panel(call: Call[object]) -> Answer:
    """Run a panel."""
    return Answer(await panels_of(call).start(call.path("panel")))


async def stop_panel(call: Call[object]) -> Answer:
    """Run a panel no more."""
    return Answer(await panels_of(call).stop(call.path("panel")))


async def list_triggers(call: Call[object]) -> Answer:
    """Answer what runs tools by itself."""
    found = await panels_of(call).triggers(call.path("panel"))
    return Answer(part(found.items, call.cursor, call.limit, lambda trigger: trigger.id))


def _key(call: Call[object]) -> str:
    key = call.header("idempotency-key")
    if key is None:
        return uuid.uuid4().hex
    return conditions.required_key(key)


OPERATIONS = (
    Operation(
        method="GET",
        path=PANEL + "/ast",
        name="readAst",
        summary="The tree that a panel runs.",
        handler=read_ast,
        answers={200: PanelAst},
        errors=_OPENING,
        tagged=True,
    ),
    Operation(
        method="GET",
        path=PANEL + "/state",
        name="readState",
        summary="A panel's state and what is computed from it, now or at an earlier revision.",
        handler=read_state,
        answers={200: PanelState},
        errors=_OPENING,
        tagged=True,
        numbers=(("rev", "The revision; without it the newest."),),
    ),
    Operation(
        method="POST",
        path=PANEL + "/undo",
        name="undo",
        summary="Take changes back by a new one; what has changed since is a conflict.",
        handler=undo,
        body=Undo,
        answers={200: Revision},
        errors=(*_OPENING, ErrorCode.INVALID_ARGUMENTS, ErrorCode.BAD_REQUEST),
        headers=(_IDEMPOTENCY,),
    ),
    Operation(
        method="POST",
        path=PANEL + "/redo",
        name="redo",
        summary="Take the newest undo back; what has changed since is a conflict.",
        handler=redo,
        answers={200: Revision},
        errors=(*_OPENING, ErrorCode.BAD_REQUEST),
        headers=(_IDEMPOTENCY,),
    ),
    Operation(
        method="POST",
        path=PANEL + "/stop",
        name="stopPanel",
        summary="Run a panel and its triggers no more until it is started.",
        handler=stop_panel,
        answers={200: PanelInfo},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="POST",
        path=PANEL + "/start",
        name="startPanel",
        summary="Run a panel, also one that was stopped.",
        handler=start_panel,
        answers={200: PanelInfo},
        errors=_OPENING,
    ),
    Operation(
        method="GET",
        path=PANEL + "/triggers",
        name="listTriggers",
        summary="What runs tools of a panel by itself, and how that goes.",
        handler=list_triggers,
        answers={200: Page[TriggerInfo]},
        paged=True,
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="GET",
        path=PANEL + "/log",
        name="readLog",
        summary="The changes of a panel's state, newest first.",
        handler=read_log,
        answers={200: Page[Change]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="GET",
        path=PANEL + "/executions",
        name="listExecutions",
        summary="The executions of a panel, newest first.",
        handler=list_executions,
        answers={200: Page[ExecutionEntry]},
        errors=(ErrorCode.NOT_FOUND,),
        paged=True,
    ),
    Operation(
        method="GET",
        path=PANEL + "/executions/{execution}",
        name="readExecution",
        summary="An execution, named by its request.",
        handler=read_execution,
        answers={200: ExecutionEntry},
        errors=(ErrorCode.NOT_FOUND,),
    ),
    Operation(
        method="GET",
        path=PANEL + "/executions/{execution}/record",
        name="readRecord",
        summary="What runs an execution again: a file for `nexus replay`.",
        handler=read_record,
        answers={200: Record},
        errors=(ErrorCode.NOT_FOUND, ErrorCode.CONFLICT),
    ),
    Operation(
        method="POST",
        path=PANEL + "/executions/{execution}/replay",
        name="replayExecution",
        summary="Run an execution again on its record, or with another source; changes nothing.",
        handler=replay_execution,
        body=Replay,
        answers={200: Replayed},
        errors=(
            ErrorCode.NOT_FOUND,
            ErrorCode.CONFLICT,
            ErrorCode.INVALID_PANEL,
            ErrorCode.INVALID_ARGUMENTS,
            ErrorCode.TOOL_NOT_FOUND,
        ),
    ),
    Operation(
        method="POST",
        path=PANEL + "/executions/{execution}/cancel",
        name="cancelExecution",
        summary="End an execution under way, named by its request; it fails as CANCELLED.",
        handler=cancel_execution,
        answers={204: None},
        errors=_OPENING,
    ),
    Operation(
        method="POST",
        path=PANEL + "/tools/{tool}",
        name="callTool",
        summary="Run a tool to its end; what goes wrong inside it is in the answer.",
        handler=call_tool,
        body=ToolCall,
        answers={200: ExecutionRecord},
        errors=(
            *_OPENING,
            ErrorCode.TOOL_NOT_FOUND,
            ErrorCode.INVALID_ARGUMENTS,
            ErrorCode.BAD_REQUEST,
        ),
        headers=(
            _IDEMPOTENCY,
            ("traceparent", "The trace that the call belongs to (W3C)."),
        ),
    ),
)

__all__ = ["OPERATIONS"]
