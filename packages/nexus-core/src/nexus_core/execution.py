"""One call of a handler, from its start to its end.

An execution runs in segments. Each takes the panel's turn, sees the newest state, and commits what
it changed; between two segments the extension calls that it waits for are under way, and others
have their turns. Whatever goes wrong becomes the execution's error.
"""

import asyncio
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nexus_core.changes import PatchConflictError
from nexus_core.extensions import CallContext, ExtensionError, Registry
from nexus_core.ledger import Ledger
from nexus_core.notices import Emitted, Execution, Logged, Waiting
from nexus_core.program import Entry, Program
from nexus_core.sandbox import Job, Reply, Request, Run, Sandbox, Segment, ViewCommand
from nexus_protocol import ErrorCode, ExecutionError, Json, PatchOp
from nexus_protocol.messages import Metrics
from nexus_protocol.patches import Cause


@dataclass(slots=True)
class Stage:
    """What executions run on: the panel's state, its present program, and the ways out."""

    program: Program
    ledger: Ledger
    sandbox: Sandbox
    extensions: Registry
    panel_id: str


class Executing:
    """An execution under way."""

    def __init__(
        self, stage: Stage, entry: Entry, args: Mapping[str, Json], cause: Cause, execution_id: str
    ) -> None:
        self._stage = stage
        self._program = stage.program
        self._entry = entry
        self._args = args
        self._cause = cause
        self._id = execution_id
        self._calls: dict[int, asyncio.Task[Reply]] = {}
        self._patches: list[PatchOp] = []
        self._events: list[Emitted] = []
        self._view: list[ViewCommand] = []
        self._logs: list[Logged] = []

    async def run(self, on_suspend: Callable[[], None] = lambda: None) -> Execution:
        """Run to the end; ``on_suspend`` is called at each suspension."""
        began = time.perf_counter()
        run: Run | None = None
        ended = False
        try:
            with self._stage.ledger.following(self._cause) as foreign:
                run, segment, error = await self._first(foreign)
                while segment.status == "waiting" and error is None:
                    on_suspend()
                    segment, error = await self._next(run, segment, foreign)
                ended = segment.status != "waiting"
        finally:
            for call in self._calls.values():
                call.cancel()
            if run and not ended:
                run.cancel()
                await asyncio.to_thread(run.close)
        return self._finish(segment, error, time.perf_counter() - began)

    async def _first(
        self, foreign: Callable[[], tuple[PatchOp, ...]]
    ) -> tuple[Run, Segment, ExecutionError | None]:
        async with self._stage.ledger.turn:
            # What others committed while this waited for its turn is in the state it begins with.
            foreign()
            run, segment = await self._stage.sandbox.start(self._job())
            return run, segment, await self._commit(segment)

    async def _next(
        self, run: Run, segment: Segment, foreign: Callable[[], tuple[PatchOp, ...]]
    ) -> tuple[Segment, ExecutionError | None]:
        replies = await self._replies(segment.requests, run.seconds_left)
        async with self._stage.ledger.turn:
            segment = await self._stage.sandbox.resume(run, replies, foreign(), now=time.time())
            return segment, await self._commit(segment)

    def _job(self) -> Job:
        program = self._program
        return Job(
            tool=self._entry.source,
            args=self._args,
            state=self._stage.ledger.state,
            computed=program.computed,
            tools=self._entry.tools,
            aliases=frozenset(program.aliases),
            grant=self._entry.grant,
            limits=self._entry.limits,
            now=time.time(),
            seed=secrets.token_bytes(16),
        )

    async def _commit(self, segment: Segment) -> ExecutionError | None:
        """Commit what a segment changed, then tell what it emitted and logged."""
        if segment.status == "failed":
            self._tell(segment)
            return segment.error
        stray = next((op.path for op in segment.ops if not self._declared(op.path)), None)
        if stray is not None:
            return _failure(f"the panel declares no state for {stray}", ErrorCode.CONFLICT)
        try:
            await self._stage.ledger.commit(segment.ops, self._cause)
        except PatchConflictError as error:
            return _failure(str(error), ErrorCode.CONFLICT)
        self._patches.extend(segment.ops)
        self._tell(segment)
        return None

    def _declared(self, path: str) -> bool:
        return self._stage.program.declares(path.split("/", 2)[1] if path else "")

    def _tell(self, segment: Segment) -> None:
        events = [Emitted(event.name, event.payload, self._id) for event in segment.events]
        logs = [Logged(log.level, log.message, self._id) for log in segment.logs]
        self._events += events
        self._view += segment.view
        self._logs += logs
        for notice in (*events, *logs):
            self._stage.ledger.notify(notice)

    # ---- calls of extensions

    async def _replies(self, requests: Sequence[Request], seconds: float) -> list[Reply]:
        """Begin the calls asked for and return the replies of those that are first to end.

        There is none when none ends in so many seconds: the run, resumed then, tells the rest.
        """
        for request in requests:
            self._calls[request.id] = asyncio.create_task(self._call(request))
        waiting_for = tuple(f"{each.alias}.{each.method}" for each in requests)
        self._stage.ledger.notify(Waiting(self._id, waiting_for))
        await asyncio.wait(
            self._calls.values(),
            timeout=max(0.0, seconds),
            return_when=asyncio.FIRST_COMPLETED,
        )
        done = [request_id for request_id, call in self._calls.items() if call.done()]
        return [self._calls.pop(request_id).result() for request_id in done]

    async def _call(self, request: Request) -> Reply:
        name = self._program.aliases[request.alias]
        context = CallContext(
            panel_id=self._stage.panel_id,
            tool=self._entry.source.name,
            user=self._cause.user,
            execution_id=self._id,
        )
        try:
            value = await self._stage.extensions.call(name, request.method, request.args, context)
        except ExtensionError as error:
            return Reply(id=request.id, error=(error.code, str(error)))
        return Reply(id=request.id, value=value)

    def _finish(self, segment: Segment, error: ExecutionError | None, seconds: float) -> Execution:
        return Execution(
            id=self._id,
            tool=self._entry.source.name,
            ok=error is None,
            value=segment.value if error is None else None,
            error=error,
            patches=tuple(self._patches),
            events=tuple(self._events),
            view=tuple(self._view),
            logs=tuple(self._logs),
            metrics=Metrics(
                duration_ms=seconds * 1000,
                compute_ms=segment.metrics.compute_ms,
                memory_bytes=segment.metrics.memory_bytes,
                segments=segment.metrics.segments,
                requests=segment.metrics.requests,
            ),
            rev=self._stage.ledger.rev,
        )


def _failure(message: str, code: ErrorCode) -> ExecutionError:
    return ExecutionError(code=code, message=message)
