"""Calls of one panel's tools: what became of each is stored before anybody is told of it.

How a tool executes is ``nexus_core``'s business, and which rows tell of it that of ``executions``.
That a request is one call however often it comes is settled by ``requests``.
"""

import logging
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy.exc import SQLAlchemyError

from nexus_core import Execution, Panel, PanelError
from nexus_core.sandbox import ParkedError
from nexus_core.suspension import Ended, InterruptedExecutionError
from nexus_protocol import ErrorCode, ExecutionError, Json
from nexus_protocol.strict_json import encode
from trilog_schemas import EXECUTION, HANDLER_EXECUTION, PANEL, anchor, record, span
from workspace_kernel.db import executions as stored
from workspace_kernel.db.executions import KeptExecution, KnownRequest
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ExecutionRecord
from workspace_kernel.services import suspensions
from workspace_kernel.services.executions import Executions
from workspace_kernel.services.requests import Requests, reused
from workspace_kernel.services.shared import Shared

_CALL: Final = TypeAdapter(dict[str, Json])
_REFUSALS: Final = frozenset({ErrorCode.TOOL_NOT_FOUND, ErrorCode.INVALID_ARGUMENTS})
"""Why a call is refused before anything runs."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ToolRequest:
    """Somebody asks for a tool to be run."""

    id: str
    tool: str
    args: Mapping[str, Json] | Sequence[Json]
    cause: str = "trigger"
    """``trigger`` over a WebSocket, ``rest`` over HTTP, ``schedule`` of a trigger in the source,
    ``resume`` after a restart."""
    user: str | None = None
    trace: str | None = None
    trigger: str | None = None
    """The address of the trigger that asks."""

    @classmethod
    def of(cls, request_id: str, asks: str) -> "ToolRequest":
        """Return a request that was stored."""
        call = _CALL.validate_json(asks)
        args = call["args"]
        given = args if isinstance(args, dict | list) else ()
        return cls(id=request_id, tool=str(call["tool"]), args=given, cause="resume")

    @property
    def asks(self) -> str:
        """Tool and arguments as JSON."""
        args: Json = dict(self.args) if isinstance(self.args, Mapping) else list(self.args)
        return encode({"tool": self.tool, "args": args})


class Calls:
    """What runs the tools of one panel."""

    def __init__(
        self,
        key: PanelKey,
        shared: Shared,
        requests: Requests,
        executions: Executions,
        panel: Callable[[], Panel],
    ) -> None:
        """Take the parts; ``panel`` returns the one that runs, for it may start again."""
        self._key = key
        self._shared = shared
        self._database = shared.database
        self._requests = requests
        self._executions = executions
        self._panel = panel

    def about(self) -> anchor:
        """Say in telemetry that what happens inside is about this panel."""
        return anchor(PANEL, str(self._key), workspace_id=self._key.workspace)

    async def execute(self, request: ToolRequest) -> ExecutionRecord:
        """Run a tool and store what became of it before anybody is told."""
        executions, claimed = self._executions, self._panel().reaches_outside(request.tool)
        with executions.begun(request.id, request.asks):
            if claimed:
                # Else what it does outside could be done twice, when the kernel dies meanwhile.
                await executions.claim(request.id)
            try:
                return await self._run(request, partial(self._call, request))
            except PanelError as error:
                if claimed:
                    await executions.refused(self._failed(request, error.code, str(error)))
                raise KernelError(error.code, str(error)) from None

    async def _call(self, request: ToolRequest) -> ExecutionRecord:
        if self._requests.cancelled(request.id):
            text = "the execution was cancelled"
            return await self._executions.refused(self._failed(request, ErrorCode.CANCELLED, text))
        execution = await self._panel().call(
            request.tool,
            request.args,
            execution_id=request.id,
            user=request.user,
            trace=request.trace,
            trigger=request.trigger,
        )
        return await self._executions.ended(Ended(execution=execution))

    async def go_on(self, kept: KeptExecution) -> ExecutionRecord:
        """Go on with an execution that an earlier kernel left waiting."""
        request = ToolRequest.of(kept.request_id, kept.call)
        with self._executions.begun(request.id, request.asks, has_row=True):
            try:
                suspended = suspensions.read(kept)
            except ParkedError as error:
                lost = self._failed(request, ErrorCode.INTERRUPTED, str(error))
                await self._database.write(
                    *suspensions.forget(self._key, request.id, self._shared.allowance),
                    stored.finish_execution(self._key, request.id, lost),
                )
                return lost

            async def work() -> ExecutionRecord:
                execution = await self._panel().go_on(suspended)
                return await self._executions.ended(Ended(execution=execution))

            return await self._run(request, work)

    async def keep_lifecycle(self, execution: Execution) -> None:
        """Store what became of a handler that nobody called."""
        self._requests.saw(execution.id)
        try:
            await self._executions.ended(Ended(execution=execution, lifecycle=True))
        except SQLAlchemyError as error:
            logger.warning("%s of panel %s is not recorded: %s", execution.tool, self._key, error)

    async def _run(
        self, request: ToolRequest, work: Callable[[], Awaitable[ExecutionRecord]]
    ) -> ExecutionRecord:
        asked = {"cause": request.cause} | ({"user": request.user} if request.user else {})
        with (
            self.about(),
            anchor(EXECUTION, request.id, panel_id=self._key.panel, **asked),
            span(HANDLER_EXECUTION, tool=request.tool),
        ):
            record(HANDLER_EXECUTION, "started")
            try:
                result = await work()
            except InterruptedExecutionError:
                raise KernelError(
                    ErrorCode.UNAVAILABLE,
                    "The panel stops while this waits, and goes on with it when it starts again. "
                    "Ask again with the same request id.",
                ) from None
            record(HANDLER_EXECUTION, _phase(result), rev=result.rev)
        outcome = "ok" if result.error is None else result.error.code.value
        self._shared.telemetry.execution(outcome, result.metrics)
        return result

    async def repeat(self, request: ToolRequest, known: KnownRequest) -> ExecutionRecord:
        """Answer a request that came before."""
        if known.call is not None and known.call != request.asks:
            raise reused(request.id)
        if known.result is not None:
            result = ExecutionRecord.model_validate_json(known.result)
            if result.error and result.error.code in _REFUSALS:
                raise KernelError(result.error.code, result.error.message)
            return result
        interrupted = self._failed(
            request,
            ErrorCode.INTERRUPTED,
            "The kernel stopped while this ran; what it had changed by then stays."
            if known.call is not None
            else "It ran, and what came of it is not kept any more; what it changed stays.",
        )
        await self._database.write(
            stored.finish_execution(self._key, request.id, interrupted)
            if known.call is not None
            else stored.add_execution(self._key, request.id, request.asks, time.time(), interrupted)
        )
        return interrupted

    def _failed(self, request: ToolRequest, code: ErrorCode, message: str) -> ExecutionRecord:
        error = ExecutionError(code=code, message=message)
        return ExecutionRecord(
            id=request.id, tool=request.tool, ok=False, error=error, rev=self._panel().rev
        )


def _phase(result: ExecutionRecord) -> str:
    if result.error is None:
        return "succeeded"
    return "cancelled" if result.error.code is ErrorCode.CANCELLED else "failed"


__all__ = ["Calls", "ToolRequest"]
