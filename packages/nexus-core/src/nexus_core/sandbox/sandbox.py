"""The door to the sandbox: executions started and resumed without blocking the event loop."""

import asyncio
import contextlib
import math
import os
import time
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nexus_core.changes import apply_ops
from nexus_core.sandbox import bridge
from nexus_core.sandbox.decoding import MalformedError
from nexus_core.sandbox.executor import BusyError, Executor
from nexus_core.sandbox.frames import Start
from nexus_core.sandbox.guest import IDLE_SECONDS, INSTANCES, Allowance, GuestEngine, Setup
from nexus_core.sandbox.limits import MIB, SMALLEST_MEMORY, Limits
from nexus_core.sandbox.model import Job, Outcome, Reply, Request, Segment, ToolSource
from nexus_core.sandbox.parked import Parked, ParkedError
from nexus_core.sandbox.run import Run
from nexus_protocol._model import Json
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import PatchOp

Call = Callable[[Request], Awaitable[Json]]
"""Does what a handler asked of an extension; an exception with a ``code`` or a
``retry_after`` in seconds keeps it."""


WAITING = 1000
"""Executions of one owner that may wait for a thread."""
PATIENCE = 30.0
"""Seconds that an execution waits for a thread to begin on."""
_PROBE = Job(
    tool=ToolSource(
        name="probe",
        code="$state.n += $args.by; $emit('probe', $args); $log.info('probe'); return $state.n;",
    ),
    args={"by": 1},
    state={"n": 1},
    grant=Grant.everything(),
)
"""What is run before all else, so that the first execution finds everything in its place."""
_PROBES = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolMetrics:
    """How much of a sandbox is in use, and what it has done since it was made."""

    live: int
    """Instances that exist, those of waiting executions included."""
    room: int
    """Instances that may exist at once."""
    running: int
    """Instances that compute at this moment."""
    threads: int
    """Threads, or processes, that executions run on."""
    busy: int
    """Threads that do something."""
    waiting: int
    """Executions, or parts of them, that wait for a thread."""
    acquired: int
    """Times that a thread was given to one."""
    refused: int
    """Executions that were not begun because too many waited, or for too long."""
    waited_seconds: float
    """How long all of them waited for their thread, together."""
    workers: int
    """Worker processes that are ready; none where guests run in this process."""
    workers_lost: int
    """Worker processes that ended without being told to."""
    scripts_compiled: int
    """Handlers and computed values that were compiled, of those that are kept compiled."""
    scripts_reused: int
    """Times that such a one was there compiled."""

    @property
    def utilisation(self) -> float:
        """The share of the threads that do something."""
        return self.busy / self.threads


class Sandbox:
    """Runs handlers, each in a fresh instance that sees only what it was given."""

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        ceiling: Limits | None = None,
        cache_dir: Path | str | None = None,
        threads: int | None = None,
        workers: int | None = None,
        instances: int = INSTANCES,
        idle_seconds: float = IDLE_SECONDS,
        waiting: int = WAITING,
        patience: float = PATIENCE,
    ) -> None:
        """Set the engine up.

        Args:
            limits: What an execution may use unless its call says otherwise.
            ceiling: What no call may pass, whatever it says; without it, what it says holds.
            cache_dir: Where the compiled engine is kept.
            threads: On how many threads guests run.
            workers: In how many processes of their own guests run; without it in this one. Then
                there are as many threads, unless said otherwise, each of which waits for one.
            instances: How many executions may be open at once.
            idle_seconds: After so long without one, memory kept for the next is given back.
            waiting: How many executions of one owner may wait for a thread.
            patience: Seconds that one waits to begin.
        """
        self.limits = limits if limits is not None else Limits()
        self.ceiling = ceiling
        self._patience = patience
        directory = Path(cache_dir) if cache_dir is not None else None
        self._engine: GuestEngine = (
            _local_engine(directory, instances, idle_seconds)
            if workers is None
            else _worker_engine(workers, directory, instances, idle_seconds)
        )
        prepare = self._warm_up if workers is None else _nothing
        self._executor = Executor(threads or workers, prepare=prepare, waiting=waiting)

    @property
    def running(self) -> int:
        """How many guests compute at this moment."""
        return self._engine.occupancy().running

    @property
    def workers(self) -> tuple[int, ...]:
        """The worker processes that are ready; none where guests run in this process."""
        return self._engine.processes

    def metrics(self) -> PoolMetrics:
        """Return how much is in use, and what has been done."""
        occupancy, load = self._engine.occupancy(), self._executor.load()
        return PoolMetrics(
            live=occupancy.live,
            room=occupancy.room,
            running=occupancy.running,
            threads=load.threads,
            busy=load.busy,
            waiting=load.waiting,
            acquired=load.done,
            refused=load.refused,
            waited_seconds=load.waited_seconds,
            workers=occupancy.workers,
            workers_lost=occupancy.workers_lost,
            scripts_compiled=occupancy.scripts_compiled,
            scripts_reused=occupancy.scripts_reused,
        )

    def open(self, job: Job) -> Run:
        """Return an execution that has not begun. Its methods block; close it in the end."""
        return Run(self._engine, self._bounded(job))

    async def start(self, job: Job, *, owner: Hashable = None) -> tuple[Run, Segment]:
        """Run a handler to its first suspension or its end, on one of the sandbox's threads.

        Owners take turns: what one starts waits behind its own, not behind all that another has
        started. Where too much waits, the segment has failed as ``UNAVAILABLE``. Who is cancelled
        while awaiting this leaves nothing behind.
        """
        run = self.open(job)
        try:
            return run, await self._executor.run(
                lambda: self._make_room(run, run.start()), owner=owner, patience=self._patience
            )
        except BusyError as error:
            run.close()
            return run, Segment(status="failed", error=_busy(error))
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
        owner: Hashable = None,
    ) -> Segment:
        """Go on with an execution that waits; see ``Run.resume``. Cancelling ends the execution."""
        try:
            return await self._executor.run(
                lambda: self._make_room(run, run.resume(replies, foreign, now=now)), owner=owner
            )
        except asyncio.CancelledError:
            run.close()
            raise

    async def park(self, run: Run, *, owner: Hashable = None) -> Parked:
        """Put an execution away that waits; see ``Run.park``. Cancelling ends the execution."""
        try:
            return await self._executor.run(run.park, owner=owner)
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
        owner: Hashable = None,
    ) -> Outcome:
        """Run one handler from start to end without a panel.

        Args:
            code: The handler's body.
            state: What ``$state`` holds; it is not changed, the outcome has the new one.
            args: What ``$args`` holds.
            capabilities: What it may do; without it everything but extensions.
            call: Does the extension calls; without it they fail.
            limits: Instead of the sandbox's.
            owner: Whose turn it takes; owners share the threads, and none gets all of them.
                Without one it shares its turns with all others that have none.
        """
        job = self._job(code, state or {}, args or {}, _grant(capabilities), limits)
        began = time.time()
        run, segment = await self.start(replace(job, now=began), owner=owner)
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
                segment = await self.resume(run, replies, now=time.time(), owner=owner)
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
        owner: Hashable = None,
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
        try:
            return await self._executor.run(
                lambda: self._evaluate(job), owner=owner, patience=self._patience
            )
        except BusyError as error:
            return dict.fromkeys(expressions, _busy(error))

    def close(self) -> None:
        """End the threads. Executions must be closed before."""
        self._executor.close()
        self._engine.close()

    def _make_room(self, run: Run, segment: Segment) -> Segment:
        """Park at once what waits when many do, so that there is room for others to compute."""
        if segment.status == "waiting" and self._engine.crowded:
            # Closed by another thread meanwhile, it does not wait any more; lost, its next
            # segment tells.
            with contextlib.suppress(RuntimeError, ParkedError):
                run.park()
        return segment

    def _warm_up(self) -> None:
        for _ in range(_PROBES):
            _outcome([Run(self._engine, _PROBE).start()], _PROBE.state)

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
        limits = job.limits.within(self.ceiling)
        return job if limits == job.limits else replace(job, limits=limits)

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


def _local_engine(cache_dir: Path | None, instances: int, idle_seconds: float) -> GuestEngine:
    from nexus_core.sandbox.engine import Engine  # Where workers have it, this process does not.

    return Engine(cache_dir=cache_dir, instances=instances, idle_seconds=idle_seconds)


def _worker_engine(
    workers: int, cache_dir: Path | None, instances: int, idle_seconds: float
) -> GuestEngine:
    from nexus_core.sandbox.workers import WorkerEngine

    package = bridge.pack(_PROBE)
    probe = Start(
        memory_bytes=SMALLEST_MEMORY,
        setup=Setup(now=0.0, seed=_PROBE.seed, heap_bytes=SMALLEST_MEMORY - 2 * MIB),
        head=package.head,
        allowance=Allowance(seconds=5.0, cpu_seconds=5.0, output_bytes=MIB),
        data=package.data,
    )
    return WorkerEngine(
        workers, probe=probe, cache_dir=cache_dir, instances=instances, idle_seconds=idle_seconds
    )


def _nothing() -> None:
    """Do nothing before all else: workers have run something before they are ready."""


def _busy(error: BusyError) -> ExecutionError:
    return ExecutionError(code=ErrorCode.UNAVAILABLE, message=str(error))


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
        wait = getattr(error, "retry_after", None)
        return Reply(
            id=request.id,
            error=(str(code), str(error)),
            retry_after=wait if isinstance(wait, int | float) and math.isfinite(wait) else None,
        )


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
