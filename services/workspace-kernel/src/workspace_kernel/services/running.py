"""A panel while it runs in a kernel: durable, followed by many, each request done once.

What a panel is and how it executes is ``nexus_core.panel``'s business. This module adds the log it
resumes from, the requests it has answered, and those who listen. Sources come from outside.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias, assert_never

from pydantic import TypeAdapter
from sqlalchemy.exc import SQLAlchemyError

from nexus_core import Execution, InvalidPanelError, Limits, Panel, PanelError, Sandbox
from nexus_core.extensions import Registry
from nexus_core.notices import Emitted, Failed, Logged, Notice, Reloaded, Viewed, Waiting
from nexus_core.parser import ParseResult, parse_cached
from nexus_core.sandbox import ParkedError
from nexus_core.state import initial_state
from nexus_core.suspension import Ended, InterruptedExecutionError
from nexus_protocol import Change, ErrorCode, ExecutionError, Json, PanelAst
from nexus_protocol.strict_json import encode
from trilog_schemas import (
    EXECUTION,
    HANDLER_EXECUTION,
    PANEL,
    PANEL_LIFECYCLE,
    anchor,
    record,
    span,
)
from workspace_kernel.clock import Clock
from workspace_kernel.db import repositories
from workspace_kernel.db.repositories import KeptExecution, KnownRequest, PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ExecutionRecord, PanelState, Undo
from workspace_kernel.services import suspensions
from workspace_kernel.services.declared import PREFIX
from workspace_kernel.services.executions import Executions
from workspace_kernel.services.journal import Firing, PanelJournal, recover
from workspace_kernel.services.records import Records
from workspace_kernel.services.requests import Requests, reused
from workspace_kernel.services.suspensions import Allowance
from workspace_kernel.telemetry import Telemetry

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Stopped:
    """The panel runs no more: it was deleted, or the kernel ends."""


@dataclass(frozen=True, slots=True)
class Reported:
    """Something about the panel's source that those who work with it should know."""

    code: ErrorCode
    message: str
    details: Mapping[str, Json]


PanelNotice: TypeAlias = Notice | Stopped | Reported
Listener: TypeAlias = Callable[[PanelNotice], None]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all running panels of a kernel share."""

    database: Database
    sandbox: Sandbox
    extensions: Registry
    limits: Limits
    telemetry: Telemetry
    allowance: Allowance
    records: Records
    moment: float
    """Seconds that an execution waits before it is put away."""
    clock: Clock
    firing: Firing
    """Stores what is to run because of what happens in any panel."""


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


class RunningPanel:
    """One panel that runs. ``start`` makes one."""

    def __init__(self, key: PanelKey, shared: Shared) -> None:
        self.key = key
        self.used_at = shared.clock.now()
        """When it was last asked for anything."""
        self._shared = shared
        self._holds = 0
        self._listeners: list[Listener] = []
        self._waits = asyncio.Event()
        """Set when an execution begins to wait."""
        self._requests = Requests(shared.database, key)
        self._executions = Executions(key, shared.database, shared.records)
        self._journal: PanelJournal
        self._panel: Panel

    @classmethod
    async def start(cls, key: PanelKey, source: str, shared: Shared) -> "RunningPanel":
        """Start a panel where its log left off.

        Raises:
            InvalidPanelError: the source has errors.

        """
        running = cls(key, shared)
        await running._begin(source)
        return running

    async def restart(self, source: str) -> None:
        """Start again from the log, because a write failed; those who listen get all anew."""
        with contextlib.suppress(KernelError):
            await self._panel.stop(leave=True)
        await self._requests.drain()
        await self._begin(source)
        panel = self._panel
        self._hear(Reloaded(panel.ast, panel.source_hash, panel.state, panel.rev))

    async def drain(self) -> None:
        """Wait until no request is left but what waits and goes on when the panel starts again."""
        while busy := self._requests.tasks(besides=self._panel.resting):
            self._waits.clear()
            waits = asyncio.ensure_future(self._waits.wait())
            try:
                await asyncio.wait((*busy, waits), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waits.cancel()

    async def stop(self, *, leave: bool = True) -> None:
        """Run the unmount handler, end what still runs, and say that it is over.

        What waits stays in the database, and goes on when the panel starts again, unless it is
        not to be left.
        """
        with contextlib.suppress(KernelError), self._about():
            await self._panel.stop(leave=leave)
            record(PANEL_LIFECYCLE, "stopped", rev=self.rev)
        await self._requests.drain()
        self._journal.close()
        self._hear(Stopped())

    async def _begin(self, source: str) -> None:
        # In a thread, for the parser takes seconds for a source of a megabyte.
        await asyncio.to_thread(parse_cached, source)
        recovered = await self._shared.database.read(partial(recover, key=self.key))
        # Else nothing would tell, after a restart, what the first change began with.
        first = initial_state(_tree(source).data) if recovered.state is None else None
        database, allowance = self._shared.database, self._shared.allowance
        self._journal = PanelJournal(
            database, self.key, allowance, self._executions, self._shared.firing, first
        )
        with self._about():
            record(PANEL_LIFECYCLE, "initialising", rev=recovered.rev)
            self._panel = await Panel.start(
                source,
                panel_id=self.key.panel,
                workspace=self.key.workspace,
                state=recovered.state,
                rev=recovered.rev,
                extensions=self._shared.extensions,
                limits=self._shared.limits,
                sandbox=self._shared.sandbox,
                journal=self._journal,
                listener=self._hear,
                moment=self._shared.moment,
                record_bytes=self._shared.records.bounds.record_bytes,
                on_lifecycle=self._keep_lifecycle,
            )
            record(PANEL_LIFECYCLE, "active", rev=self.rev)
        if not recovered.started:
            await self._store(repositories.mark_started(self.key, self._shared.clock.now()))
        await self._take_up()

    async def _take_up(self) -> None:
        """Go on with what waited when the panel last stopped."""
        for kept in await self._shared.database.read(
            partial(repositories.kept_executions, key=self.key)
        ):
            self._requests.adopt(kept.request_id, kept.call, self._go_on(kept))

    def _about(self) -> anchor:
        """Say in telemetry that what happens inside is about this panel."""
        return anchor(PANEL, str(self.key), workspace_id=self.key.workspace)

    # ---- what it is

    @property
    def ast(self) -> PanelAst:
        """The tree of the source it runs."""
        return self._panel.ast

    @property
    def source_hash(self) -> str:
        """SHA-256 of the source it runs."""
        return self._panel.source_hash

    @property
    def state(self) -> dict[str, Json]:
        """The newest committed state."""
        return self._panel.state

    @property
    def rev(self) -> int:
        """The revision of the state."""
        return self._panel.rev

    @property
    def broken(self) -> bool:
        """Whether it has to start again from its log."""
        return self._journal.closed

    @property
    def idle(self) -> bool:
        """Whether nobody listens and nothing runs."""
        return not self._listeners and not self._holds and not len(self._requests)

    async def whole_state(self, rev: int | None = None) -> PanelState:
        """Return state, revision and computed values, the newest or those of an earlier revision.

        Raises:
            KernelError: NOT_FOUND, that revision is to come, or not kept any more.

        """
        kept = await self._shared.database.read(partial(repositories.oldest_rev, key=self.key))
        oldest = self.rev if kept is None else kept
        try:
            found = await self._panel.snapshot(rev)
        except PanelError as error:
            text = f"The state at revision {rev} is not known; from {oldest} to {self.rev} it is."
            known: Json = {"oldestRev": oldest, "rev": self.rev}
            raise KernelError(error.code, text, known) from None
        return PanelState(
            rev=found.rev,
            oldest_rev=oldest,
            state=dict(found.state),
            computed=dict(found.computed),
        )

    @contextlib.contextmanager
    def hold(self) -> Generator[None]:
        """Keep it from being idle meanwhile."""
        self._holds += 1
        try:
            yield
        finally:
            self._holds -= 1
            self.used_at = self._shared.clock.now()

    # ---- what one does with it

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call ``listener`` with every notice from now on; returns how to stop it."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    async def call(self, request: ToolRequest) -> asyncio.Future[ExecutionRecord]:
        """Take in a call of a tool, once for each request id, and return its result to come.

        The future fails with ``KernelError``: TOOL_NOT_FOUND, INVALID_ARGUMENTS, UNAVAILABLE.

        Raises:
            KernelError: CONFLICT, the id was used for something else; BAD_REQUEST, it is one of
                those that the kernel gives to triggers.

        """
        if request.trigger is None:
            _require_free(request.id)
        return await self._requests.admit(
            request.id,
            request.asks,
            again=partial(self._repeat, request),
            run=partial(self._execute, request),
        )

    def cancel(self, request_id: str) -> bool:
        """End the execution of a request, which fails as CANCELLED; tells whether it runs."""
        return self._requests.cancel(request_id) and (self._panel.cancel(request_id) or True)

    async def write(
        self,
        request_id: str,
        path: str,
        value: Json,
        rev: int | None = None,
        user: str | None = None,
    ) -> asyncio.Future[int]:
        """Take in a write of one value, once for each request id; the future has its revision.

        ``rev`` is the revision that the path was read at. The future fails with ``KernelError``:
        INVALID_PATH; CONFLICT, its row is gone since; UNAVAILABLE.

        Raises:
            KernelError: CONFLICT, the id was used for something else.

        """
        return await self._once(
            request_id,
            encode({"set": path, "value": value, "rev": rev}),
            lambda: self._panel.set(path, value, rev=rev, cause_id=request_id, user=user),
        )

    async def undo(
        self, request_id: str, undo: Undo, user: str | None = None
    ) -> asyncio.Future[int]:
        """Take in an undo, once for each request id; the future has its revision.

        The future fails with ``KernelError``: NOT_FOUND, CONFLICT, UNAVAILABLE.

        Raises:
            KernelError: CONFLICT, the id was used for something else.

        """

        def work() -> Awaitable[int]:
            if undo.to is not None:
                return self._panel.undo_to(undo.to, cause_id=request_id, user=user)
            return self._panel.undo(undo.rev, cause_id=request_id, user=user)

        return await self._once(request_id, encode({"undo": undo.rev, "to": undo.to}), work)

    async def redo(self, request_id: str, user: str | None = None) -> asyncio.Future[int]:
        """Take in a redo of the newest undo. Answers and raises as ``undo``."""
        return await self._once(
            request_id,
            encode({"redo": True}),
            lambda: self._panel.redo(cause_id=request_id, user=user),
        )

    async def _once(
        self, request_id: str, asks: str, work: Callable[[], Awaitable[int]]
    ) -> asyncio.Future[int]:
        """Make one change for a request, and return its revision to come."""
        _require_free(request_id)

        async def again(known: KnownRequest) -> int:
            if known.call is not None or known.rev is None:
                raise reused(request_id)
            return known.rev

        async def run() -> int:
            try:
                return await work()
            except PanelError as error:
                raise KernelError(error.code, str(error)) from None

        return await self._requests.admit(request_id, asks, again, run)

    async def reload(self, source: str) -> ParseResult:
        """Run another source from now on, the state kept where names and types remain."""
        await asyncio.to_thread(parse_cached, source)
        return await self._panel.reload(source)

    def report(self, report: Reported) -> None:
        """Tell those who follow the panel something about its source."""
        self._hear(report)

    async def replace(self, values: Mapping[str, Json]) -> None:
        """Write whole values of the state, by name.

        Raises:
            PanelError: INVALID_PATH.

        """
        for name, value in values.items():
            await self._panel.set(f"/{name}", value)

    # ---- executions

    async def _execute(self, request: ToolRequest) -> ExecutionRecord:
        """Run a tool and store what became of it before anybody is told."""
        executions, claimed = self._executions, self._panel.reaches_outside(request.tool)
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
        execution = await self._panel.call(
            request.tool,
            request.args,
            execution_id=request.id,
            user=request.user,
            trace=request.trace,
            trigger=request.trigger,
        )
        return await self._executions.ended(Ended(execution=execution))

    async def _go_on(self, kept: KeptExecution) -> ExecutionRecord:
        """Go on with an execution that an earlier kernel left waiting."""
        request = ToolRequest.of(kept.request_id, kept.call)
        with self._executions.begun(request.id, request.asks, has_row=True):
            try:
                suspended = suspensions.read(kept)
            except ParkedError as error:
                lost = self._failed(request, ErrorCode.INTERRUPTED, str(error))
                await self._shared.database.write(
                    *suspensions.forget(self.key, request.id, self._shared.allowance),
                    repositories.finish_execution(self.key, request.id, lost),
                )
                return lost

            async def work() -> ExecutionRecord:
                execution = await self._panel.go_on(suspended)
                return await self._executions.ended(Ended(execution=execution))

            return await self._run(request, work)

    async def _keep_lifecycle(self, execution: Execution) -> None:
        """Store what became of a handler that nobody called."""
        self._requests.saw(execution.id)
        try:
            await self._executions.ended(Ended(execution=execution, lifecycle=True))
        except SQLAlchemyError as error:
            logger.warning("%s of panel %s is not recorded: %s", execution.tool, self.key, error)

    async def _run(
        self, request: ToolRequest, work: Callable[[], Awaitable[ExecutionRecord]]
    ) -> ExecutionRecord:
        asked = {"cause": request.cause} | ({"user": request.user} if request.user else {})
        with (
            self._about(),
            anchor(EXECUTION, request.id, panel_id=self.key.panel, **asked),
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

    async def _repeat(self, request: ToolRequest, known: KnownRequest) -> ExecutionRecord:
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
        await self._store(
            repositories.finish_execution(self.key, request.id, interrupted)
            if known.call is not None
            else repositories.add_execution(
                self.key, request.id, request.asks, time.time(), interrupted
            )
        )
        return interrupted

    async def _store(self, *writes: Write) -> None:
        if writes:
            await self._shared.database.write(*writes)

    def _failed(self, request: ToolRequest, code: ErrorCode, message: str) -> ExecutionRecord:
        error = ExecutionError(code=code, message=message)
        return ExecutionRecord(
            id=request.id, tool=request.tool, ok=False, error=error, rev=self.rev
        )

    def _hear(self, notice: PanelNotice) -> None:
        self._note(notice)
        for listener in tuple(self._listeners):
            listener(notice)

    def _note(self, notice: PanelNotice) -> None:
        match notice:
            case Change():
                self._shared.telemetry.changes.inc()
            case Failed(tool=tool, error=error):
                logger.warning("%s of panel %s failed: %s", tool, self.key, error.message)
            case Reported(message=message):
                logger.warning("Panel %s: %s", self.key, message)
            case Waiting():
                self._waits.set()
            case Emitted() | Viewed() | Logged() | Reloaded() | Stopped():
                pass
            case _:
                assert_never(notice)


def _require_free(request_id: str) -> None:
    if request_id.startswith(PREFIX):
        text = f"Request ids that begin with {PREFIX!r} are those of triggers."
        raise KernelError(ErrorCode.BAD_REQUEST, text)


def _tree(source: str) -> PanelAst:
    result = parse_cached(source)
    if not result.ok or result.ast is None:
        raise InvalidPanelError(result.diagnostics)
    return result.ast


def _phase(result: ExecutionRecord) -> str:
    if result.error is None:
        return "succeeded"
    return "cancelled" if result.error.code is ErrorCode.CANCELLED else "failed"


_CALL: Final = TypeAdapter(dict[str, Json])
_REFUSALS = frozenset({ErrorCode.TOOL_NOT_FOUND, ErrorCode.INVALID_ARGUMENTS})
"""Why a call is refused before anything runs."""


__all__ = [
    "Listener",
    "PanelNotice",
    "Reported",
    "RunningPanel",
    "Shared",
    "Stopped",
    "ToolRequest",
]
