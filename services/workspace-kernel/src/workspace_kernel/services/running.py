"""A panel while it runs in a kernel: durable, followed by many, each request done once.

What a panel is and how it executes is ``nexus_core.panel``'s business. This module adds the log it
resumes from, the requests it has answered, and those who listen; what is stored of a call of a tool
is known to ``calls``. Sources come from outside.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Generator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeAlias, assert_never

from nexus_core import InvalidPanelError, Panel, PanelError
from nexus_core.notices import Emitted, Failed, Logged, Notice, Reloaded, Viewed, Waiting
from nexus_core.parser import ParseResult, parse_cached
from nexus_core.state import carry_over, initial_state
from nexus_protocol import Change, ErrorCode, Json, PanelAst
from nexus_protocol.ast import Data
from nexus_protocol.strict_json import encode
from trilog_schemas import (
    PANEL_LIFECYCLE,
    record,
)
from workspace_kernel.db import executions as stored
from workspace_kernel.db import repositories
from workspace_kernel.db.executions import KnownRequest
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import ExecutionRecord, PanelState, Undo
from workspace_kernel.services.calls import Calls, ToolRequest
from workspace_kernel.services.declared import PREFIX
from workspace_kernel.services.executions import Executions
from workspace_kernel.services.journal import PanelJournal, Recovered, recover
from workspace_kernel.services.requests import Requests, reused
from workspace_kernel.services.shared import Shared

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
        self._requests = Requests(shared.database, key, lambda: self._panel.resting)
        self._executions = Executions(key, shared.database, shared.records)
        self._calls = Calls(key, shared, self._requests, self._executions, lambda: self._panel)
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
        """Run the unmount handler, and end what still runs.

        What waits stays in the database, and goes on when the panel starts again, unless it is
        not to be left.
        """
        with contextlib.suppress(KernelError), self._calls.about():
            await self._panel.stop(leave=leave)
            record(PANEL_LIFECYCLE, "stopped", rev=self.rev)
        await self._requests.drain()
        self._journal.close()

    def say_stopped(self) -> None:
        """Tell who listens that it runs no more."""
        self._hear(Stopped())

    async def _begin(self, source: str) -> None:
        # In a thread, for the parser takes seconds for a source of a megabyte.
        await asyncio.to_thread(parse_cached, source)
        recovered = await self._shared.database.read(partial(recover, key=self.key))
        self._journal = self._journal_of(recovered, _tree(source).data)
        with self._calls.about():
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
                on_lifecycle=self._calls.keep_lifecycle,
            )
            record(PANEL_LIFECYCLE, "active", rev=self.rev)
        if not recovered.started:
            await self._shared.database.write(
                repositories.mark_started(self.key, self._shared.clock.now())
            )
        await self._take_up()

    def _journal_of(self, recovered: Recovered, data: Data) -> PanelJournal:
        tail = recovered.tail
        if tail and carry_over(recovered.state or {}, data):
            tail = replace(tail, told=False)  # The source is another, and fits the state to itself.
        return PanelJournal(
            self._shared.database,
            self.key,
            self._shared.allowance,
            self._executions,
            self._shared.firing,
            tail,
            initial_state(data),
        )

    async def _take_up(self) -> None:
        """Go on with what waited when the panel last stopped."""
        for kept in await self._shared.database.read(partial(stored.kept_executions, key=self.key)):
            self._requests.adopt(kept.request_id, kept.call, self._calls.go_on(kept))

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
                those that the kernel gives to triggers; RESOURCE_LIMIT, too many are under way.

        """
        if request.trigger is None:
            _require_free(request.id)
        return await self._requests.admit(
            request.id,
            request.asks,
            again=partial(self._calls.repeat, request),
            run=partial(self._calls.execute, request),
            bounded=request.trigger is None,
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
            KernelError: CONFLICT, the id was used for something else; RESOURCE_LIMIT.

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
            KernelError: CONFLICT, the id was used for something else; RESOURCE_LIMIT.

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


__all__ = [
    "Listener",
    "PanelNotice",
    "Reported",
    "RunningPanel",
    "Stopped",
]
