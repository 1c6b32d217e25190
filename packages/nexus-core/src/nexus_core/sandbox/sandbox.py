"""The door to the sandbox: executions started and resumed without blocking the event loop."""

import asyncio
import contextlib
import os
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from nexus_core.changes import apply_ops
from nexus_core.sandbox import bridge
from nexus_core.sandbox.decoding import MalformedError
from nexus_core.sandbox.engine import INSTANCES, Engine
from nexus_core.sandbox.executor import Executor
from nexus_core.sandbox.limits import Limits
from nexus_core.sandbox.model import Job, Outcome, Reply, Request, Segment, ToolSource
from nexus_core.sandbox.parked import Parked
from nexus_core.sandbox.run import Run
from nexus_protocol._model import Json
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import PatchOp

Call = Callable[[Request], Awaitable[Json]]
"""Does what a handler asked of an extension; an exception with a ``code`` keeps it."""


class Sandbox:
    """Runs handlers, each in a fresh instance that sees only what it was given."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        ceiling: Limits | None = None,
        cache_dir: Path | str | None = None,
        threads: int | None = None,
        instances: int = INSTANCES,
    ) -> None:
        """Set the engine up.

        Args:
            limits: What an execution may use unless its call says otherwise.
            ceiling: What no call may pass, whatever it says; without it, what it says holds.
            cache_dir: Where the compiled engine is kept.
            threads: On how many threads guests run.
            instances: How many executions may be open at once.
        """
        self.limits = limits if limits is not None else Limits()
        self.ceiling = ceiling
        directory = Path(cache_dir) if cache_dir is not None else None
        self._engine = Engine(cache_dir=directory, instances=instances)
        self._executor = Executor(threads)

    @property
    def running(self) -> int:
        """How many guests compute at this moment."""
        return self._engine.ticker.watched

    def open(self, job: Job) -> Run:
        """Return an execution that has not begun. Its methods block; close it in the end."""
        return Run(self._engine, self._bounded(job))

    async def start(self, job: Job) -> tuple[Run, Segment]:
        """Run a handler to its first suspension or its end, on one of the sandbox's threads.

        Who is cancelled while awaiting this leaves nothing behind.
        """
        run = self.open(job)
        try:
            return run, await self._executor.run(lambda: self._make_room(run, run.start()))
        except asyncio.CancelledError:
            run.close()
            raise

    async def resume(
        self,
        run: Run,
        replies: Iterable[Reply] = (),
        foreign: Sequence[PatchOp] = (),
        *,
        now: float | None = None,
    ) -> Segment:
        """Go on with an execution that waits; see ``Run.resume``. Cancelling ends the execution."""
        try:
            return await self._executor.run(
                lambda: self._make_room(run, run.resume(replies, foreign, now=now))
            )
        except asyncio.CancelledError:
            run.close()
            raise

    async def park(self, run: Run) -> Parked:
        """Put an execution away that waits; see ``Run.park``. Cancelling ends the execution."""
        try:
            return await self._executor.run(run.park)
        except asyncio.CancelledError:
            run.close()
            raise

    def unpark(self, parked: Parked) -> Run:
        """Return an execution that was put away, here or in another process, to be resumed.

        The image comes from this program's own store: whoever could write one could run anything
        in the guest.

        Raises:
            ParkedError: it was put away by another engine.
        """
        return Run.of(self._engine, parked)

    async def run(
        self,
        code: str,
        *,
        state: Mapping[str, Json] | None = None,
        args: Mapping[str, Json] | None = None,
        capabilities: Iterable[str] | Grant | None = None,
        call: Call | None = None,
        limits: Limits | None = None,
    ) -> Outcome:
        """Run one handler from start to end without a panel.

        Args:
            code: The handler's body.
            state: What ``$state`` holds; it is not changed, the outcome has the new one.
            args: What ``$args`` holds.
            capabilities: What it may do; without it everything but extensions.
            call: Does the extension calls; without it they fail.
            limits: Instead of the sandbox's.
        """
        job = self._job(code, state or {}, args or {}, _grant(capabilities), limits)
        began = time.time()
        run, segment = await self.start(replace(job, now=began))
        segments = [segment]
        pending: dict[asyncio.Task[Reply], None] = {}
        try:
            while segment.status == "waiting":
                for request in segment.requests:
                    pending[asyncio.create_task(_answer(call, request))] = None
                await asyncio.wait(
                    pending,
                    timeout=max(0.0, run.seconds_left),
                    return_when=asyncio.FIRST_COMPLETED,
                )
                replies = [task.result() for task in pending if task.done()]
                pending = {task: None for task in pending if not task.done()}
                segment = await self.resume(run, replies, now=time.time())
                segments.append(segment)
        finally:
            for task in pending:
                task.cancel()
            run.close()
        return _outcome(segments, state or {})

    async def evaluate(
        self,
        expressions: Mapping[str, str],
        state: Mapping[str, Json],
        limits: Limits | None = None,
        *,
        known: Mapping[str, Json] | None = None,
    ) -> dict[str, Json | ExecutionError]:
        """Evaluate computed values over a state; they may read each other through ``$state``.

        ``known`` are computed values that they may read too and that are not evaluated. Returns
        the value or the error of each.
        """
        job = replace(
            self._job("", state, {}, Grant.everything(), limits),
            computed=dict(expressions),
            known=dict(known or {}),
            now=time.time(),
        )
        return await self._executor.run(lambda: self._evaluate(job))

    def close(self) -> None:
        """End the threads. Executions must be closed before."""
        self._executor.close()
        self._engine.close()

    def _make_room(self, run: Run, segment: Segment) -> Segment:
        """Park at once what waits when many do, so that there is room for others to compute."""
        if segment.status == "waiting" and self._engine.crowded:
            # Closed by another thread meanwhile, it does not wait any more.
            with contextlib.suppress(RuntimeError):
                run.park()
        return segment

    def _job(
        self,
        code: str,
        state: Mapping[str, Json],
        args: Mapping[str, Json],
        grant: Grant,
        limits: Limits | None,
    ) -> Job:
        return Job(
            tool=ToolSource(name="handler", code=code),
            state=state,
            args=args,
            aliases=frozenset(
                c.family.removeprefix("ext:") for c in grant if c.family.startswith("ext:")
            ),
            grant=grant,
            limits=limits or self.limits,
            seed=os.urandom(16),
        )

    def _bounded(self, job: Job) -> Job:
        if self.ceiling is None:
            return job
        return replace(job, limits=job.limits.within(self.ceiling))

    def _evaluate(self, job: Job) -> dict[str, Json | ExecutionError]:
        job = self._bounded(job)
        try:
            package = bridge.pack_computed(job)
        except (bridge.UnserialisableError, bridge.OverLimitError) as error:
            return _all_failed(job, ErrorCode.SERIALIZATION_ERROR, str(error))
        segment = Run(self._engine, job, package).start()
        if segment.error is not None:
            return dict.fromkeys(job.computed, segment.error)
        try:
            return bridge.read_results(segment, package.origins)
        except MalformedError as error:
            return _all_failed(job, ErrorCode.INTERNAL_ERROR, str(error))


def _grant(capabilities: Iterable[str] | Grant | None) -> Grant:
    if capabilities is None:
        return Grant.everything()
    return capabilities if isinstance(capabilities, Grant) else Grant.of(capabilities)


async def _answer(call: Call | None, request: Request) -> Reply:
    if call is None:
        text = f"there is no extension {request.alias}"
        return Reply(id=request.id, error=(ErrorCode.EXTENSION_NOT_FOUND, text))
    try:
        return Reply(id=request.id, value=await call(request))
    except Exception as error:
        code = getattr(error, "code", ErrorCode.EXTENSION_ERROR)
        return Reply(id=request.id, error=(str(code), str(error)))


def _all_failed(job: Job, code: ErrorCode, text: str) -> dict[str, Json | ExecutionError]:
    return dict.fromkeys(job.computed, ExecutionError(code=code, message=text))


def _outcome(segments: Sequence[Segment], state: Mapping[str, Json]) -> Outcome:
    last = segments[-1]
    patches = tuple(op for segment in segments for op in segment.ops)
    return Outcome(
        ok=last.status == "done",
        value=last.value,
        error=last.error,
        patches=patches,
        events=tuple(event for segment in segments for event in segment.events),
        view=tuple(command for segment in segments for command in segment.view),
        logs=tuple(log for segment in segments for log in segment.logs),
        state=apply_ops(state, patches),
        metrics=last.metrics,
    )
