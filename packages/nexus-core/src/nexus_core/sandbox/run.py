"""One execution: its instance, what it has used, and its way from segment to segment.

While it waits it can be parked: its instance goes, and the next segment runs in another one that
is made to look the same.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from nexus_core.sandbox import bridge
from nexus_core.sandbox.bridge import OverLimitError, Package, UnserialisableError
from nexus_core.sandbox.capabilities import DeniedError
from nexus_core.sandbox.decoding import MalformedError
from nexus_core.sandbox.guest import (
    Allowance,
    EngineError,
    Exit,
    Guest,
    GuestEngine,
    Setup,
    StoppedError,
    StopReason,
)
from nexus_core.sandbox.images import DamagedImageError
from nexus_core.sandbox.limits import MIB, Limits
from nexus_core.sandbox.model import Job, Metrics, Reply, Segment
from nexus_core.sandbox.parked import Parked, ParkedError, Used
from nexus_core.sandbox.traces import Origin
from nexus_protocol.errors import ErrorCode, ExecutionError
from nexus_protocol.patches import PatchOp

_OUTSIDE_HEAP = 2 * MIB
"""Stack, tables and the room that telling an error needs, when the handler has used the rest."""

_NO_ERROR = frozenset(
    {
        "thrown: null",
        "thrown: [uninitialized]",
        "InternalError: ",
        "InternalError: Invalid error message",
        "SyntaxError: out of memory",
        "the handler waits for a promise that nothing will resolve",
    }
)
"""What is told when there is no memory left for the error itself, or for resolving a promise."""

_STOPPED: dict[StopReason, tuple[ErrorCode, str]] = {
    "timeout": (ErrorCode.TIMEOUT, "the handler computed longer than {timeout_ms:g} ms"),
    "cpu": (ErrorCode.CPU_LIMIT, "the handler used more than {cpu_ms:g} ms of processor time"),
    "stack": (ErrorCode.STACK_OVERFLOW, "the handler nested too deep"),
    "memory": (ErrorCode.MEMORY_LIMIT, "more memory than the limit memory_bytes allows"),
    "trap": (ErrorCode.INTERNAL_ERROR, "the engine stopped"),
    "lost": (ErrorCode.INTERRUPTED, "the sandbox worker was lost"),
}


class _Usage:
    """What an execution has told and asked so far; the guest's own count is not relied on."""

    def __init__(self, used: Used) -> None:
        self._logs = used.logs
        self._log_bytes = used.log_bytes
        self._ops = used.ops
        self._events = used.events
        self._view = used.view
        self._asked = set(used.asked)
        self._open = set(used.open)

    def add(self, segment: Segment, limits: Limits) -> None:
        """Count a segment.

        Raises:
            OverLimitError: it is one too much.
            MalformedError: it asks under a number that was used before.
        """
        self._logs += len(segment.logs)
        self._log_bytes += sum(len(log.message) for log in segment.logs)
        self._ops += len(segment.ops)
        self._events += len(segment.events)
        self._view += len(segment.view)
        for request in segment.requests:
            if request.id in self._asked:
                raise MalformedError("a request under a used number")
            self._asked.add(request.id)
            self._open.add(request.id)
        for limit, used in (
            ("logs", self._logs),
            ("log_bytes", self._log_bytes),
            ("ops", self._ops),
            ("events", self._events),
            ("events", self._view),
            ("requests", len(self._asked)),
            ("pending", len(self._open)),
        ):
            if used > getattr(limits, limit):
                raise OverLimitError(limit)

    def answered(self, replies: Iterable[Reply]) -> None:
        self._open.difference_update(reply.id for reply in replies)

    def told(self) -> Used:
        """Return what there is so far."""
        return Used(
            asked=frozenset(self._asked),
            open=frozenset(self._open),
            logs=self._logs,
            log_bytes=self._log_bytes,
            ops=self._ops,
            events=self._events,
            view=self._view,
        )


class Run:
    """One execution in a fresh instance. Its methods block; one thread at a time."""

    @classmethod
    def of(cls, engine: GuestEngine, parked: Parked) -> "Run":
        """Return an execution that was put away; the next thing to do is to resume it.

        Raises:
            ParkedError: it was put away by another engine.
        """
        if parked.engine != engine.identity:
            raise ParkedError("engine", "the execution was put away by another engine")
        run = cls(engine, parked.job)
        run._parked = parked
        run._origins = parked.origins
        run._began -= parked.metrics.duration_ms / 1000 + max(0.0, time.time() - parked.at)
        run._computed = parked.computed_seconds
        run._cpu = parked.cpu_seconds
        run._usage = _Usage(parked.used)
        run._metrics = parked.metrics
        return run

    def __init__(self, engine: GuestEngine, job: Job, package: Package | None = None) -> None:
        self._engine = engine
        self._job = job
        self._package = package
        self._origins: Mapping[str, Origin] = {}
        self._instance: Guest | None = None
        self._parked: Parked | None = None
        self._entry = threading.Lock()
        self._cancelled = False
        self._closed = False
        self._began = time.perf_counter()
        self._computed = 0.0
        self._cpu = 0.0
        self._usage = _Usage(Used())
        self._metrics = Metrics(cache_hit=engine.cache_hit)

    @property
    def job(self) -> Job:
        """What is executed."""
        return self._job

    @property
    def seconds_left(self) -> float:
        """How much longer it may take, waiting included. Who waits for it gives up then.

        Resumed without a reply after that, it fails as ``TIMEOUT``.
        """
        return self._job.limits.wall_ms / 1000 - self._elapsed()

    def start(self) -> Segment:
        """Run the handler to its first suspension or its end."""
        with self._entry:
            segment = self._finish(self._start())
        self._reap()
        return segment

    def resume(
        self,
        replies: Iterable[Reply] = (),
        foreign: Iterable[PatchOp] = (),
        *,
        now: float | None = None,
    ) -> Segment:
        """Go on with answers to requests.

        Args:
            replies: Answers, in the order in which the handler gets them.
            foreign: What others committed to the same state meanwhile.
            now: Moves the clock, seconds since the epoch; without it the clock stands still.
        """
        with self._entry:
            segment = self._finish(self._resume(replies, foreign, now))
        self._reap()
        return segment

    def park(self) -> Parked:
        """Free the instance and return all that is needed to go on, here or elsewhere.

        The run itself can still be resumed, and parked again.

        Raises:
            RuntimeError: the run does not wait.
            ParkedError: the process that it waits in is no more; resuming it fails.
        """
        with self._entry:
            if self._parked is None:
                self._parked = self._put_away()
            parked = self._parked
        self._reap()
        return parked

    def cancel(self) -> None:
        """End the execution, from any thread; a running segment fails as ``CANCELLED``."""
        self._cancelled = True
        instance = self._instance
        if instance is not None:
            instance.interrupt()

    def close(self) -> None:
        """Give everything back, at once or, while a segment runs, as soon as it has ended.

        May be called twice and by any thread; it does not wait.
        """
        self.cancel()
        self._reap()

    def _start(self) -> Segment:
        job = self._job
        if self._closed or self._instance is not None or self._parked is not None:
            raise RuntimeError("a run starts once")
        try:
            package = self._package or bridge.pack(job)
        except UnserialisableError as error:
            return _failed(ErrorCode.SERIALIZATION_ERROR, str(error))
        except OverLimitError as error:
            return _failed(ErrorCode.RESOURCE_LIMIT, str(error))
        self._origins = package.origins
        self._metrics = replace(self._metrics, given_bytes=len(package.data))
        memory = job.limits.memory_bytes
        setup = Setup(
            now=job.now,
            seed=job.seed,
            heap_bytes=memory - _OUTSIDE_HEAP,
            stack_bytes=job.limits.stack_bytes,
        )
        try:
            instance = self._instance = self._engine.instantiate(memory)
        except EngineError as error:
            return _failed(ErrorCode.UNAVAILABLE, str(error))
        if self._cancelled:
            return _failed(ErrorCode.CANCELLED, "the execution was cancelled")
        return self._timed(
            lambda allowance: instance.start(
                package.data,
                head=package.head,
                setup=setup,
                allowance=allowance,
                scripts=package.scripts,
            )
        )

    def _resume(
        self, replies: Iterable[Reply], foreign: Iterable[PatchOp], now: float | None
    ) -> Segment:
        if self._cancelled:
            return _failed(ErrorCode.CANCELLED, "the execution was cancelled")
        if self._instance is None and self._parked is None:
            raise RuntimeError("only a run that waits can be resumed")
        try:
            answers = tuple(replies)
            data = bridge.pack_resume(self._job, answers, foreign)
            instance = self._instance or self._restored()
            self._usage.answered(answers)
        except UnserialisableError as error:
            return _failed(ErrorCode.SERIALIZATION_ERROR, str(error))
        except EngineError as error:
            return _failed(ErrorCode.UNAVAILABLE, str(error))
        except DamagedImageError as error:
            return _failed(ErrorCode.INTERNAL_ERROR, f"the image is damaged: {error}")
        return self._timed(lambda allowance: instance.resume(data, now=now, allowance=allowance))

    def _put_away(self) -> Parked:
        instance = self._instance
        if instance is None or self._cancelled:
            raise RuntimeError("only a run that waits can be parked")
        try:
            image = instance.image()
        except StoppedError as error:
            raise ParkedError("lost", f"the sandbox worker was lost: {error}") from None
        # What the guest has is not kept twice.
        self._job = replace(
            self._job,
            tool=replace(self._job.tool, code="", args=()),
            args={},
            state={},
            computed=dict.fromkeys(self._job.computed, ""),
            tools={},
            now=0.0,
            seed=bytes(16),
        )
        parked = Parked(
            engine=self._engine.identity,
            job=self._job,
            origins=self._origins,
            used=self._usage.told(),
            computed_seconds=self._computed,
            cpu_seconds=self._cpu,
            metrics=replace(self._metrics, duration_ms=self._elapsed() * 1000),
            at=time.time(),
            image=image,
        )
        self._instance = None
        instance.close()
        return parked

    def _restored(self) -> Guest:
        """Make an instance that looks like the one that was put away."""
        parked = self._parked
        if parked is None:
            raise RuntimeError("only a run that was parked can be restored")
        instance = self._engine.instantiate(self._job.limits.memory_bytes)
        try:
            instance.restore(parked.image)
        except BaseException:
            instance.close()
            raise
        self._instance, self._parked = instance, None
        return instance

    def _elapsed(self) -> float:
        return time.perf_counter() - self._began

    def _timed(self, enter: Callable[[Allowance], Exit]) -> Segment:
        limits = self._job.limits
        allowance = Allowance(
            seconds=min(limits.timeout_ms / 1000 - self._computed, self.seconds_left),
            cpu_seconds=limits.cpu_ms / 1000 - self._cpu,
            output_bytes=limits.output_bytes,
        )
        if allowance.seconds <= 0:
            return self._stopped("timeout")
        if allowance.cpu_seconds <= 0:
            return self._stopped("cpu")
        began = time.perf_counter()
        try:
            left = enter(allowance)
        except StoppedError as error:
            return self._stopped(error.reason, str(error))
        except EngineError as error:
            return _failed(ErrorCode.UNAVAILABLE, str(error))
        finally:
            self._computed += time.perf_counter() - began
        self._cpu += left.cpu_seconds
        self._metrics = replace(
            self._metrics,
            memory_bytes=left.memory_bytes,
            scripts_compiled=self._metrics.scripts_compiled + left.compiled,
            scripts_reused=self._metrics.scripts_reused + left.reused,
        )
        return self._read(left)

    def _read(self, left: Exit) -> Segment:
        if left.output is None:
            if left.output_bytes > self._job.limits.output_bytes:
                return _failed(ErrorCode.RESOURCE_LIMIT, str(OverLimitError("output_bytes")))
            return self._stopped("memory" if left.out_of_memory else "trap")
        try:
            segment = bridge.unpack(left.output, self._job, self._origins)
            self._usage.add(segment, self._job.limits)
        except MalformedError as error:
            return _failed(ErrorCode.INTERNAL_ERROR, f"the guest's output is malformed: {error}")
        except DeniedError as error:
            return _failed(ErrorCode.PERMISSION_DENIED, str(error))
        except OverLimitError as error:
            return _failed(ErrorCode.RESOURCE_LIMIT, str(error))
        return self._corrected(segment, left)

    def _corrected(self, segment: Segment, left: Exit) -> Segment:
        """Say what really ended the segment where the guest cannot know."""
        told = segment.error
        if left.stopped is None:
            exhausted = left.out_of_memory and told is not None and told.message in _NO_ERROR
            return replace(self._stopped("memory"), logs=segment.logs) if exhausted else segment
        stopped = self._stopped(left.stopped)
        if told is None or stopped.error is None:
            return replace(stopped, logs=segment.logs)
        error = stopped.error.model_copy(update={"stack": told.stack, "loc": told.loc})
        return replace(stopped, error=error, logs=segment.logs)

    def _stopped(self, reason: StopReason, detail: str = "") -> Segment:
        limits = self._job.limits
        if reason in ("timeout", "cpu") and self._cancelled:
            return _failed(ErrorCode.CANCELLED, "the execution was cancelled")
        if reason == "timeout" and self.seconds_left <= 0:
            text = f"the handler took longer than {limits.wall_ms:g} ms, waiting included"
            return _failed(ErrorCode.TIMEOUT, text)
        code, text = _STOPPED[reason]
        message = text.format(timeout_ms=limits.timeout_ms, cpu_ms=limits.cpu_ms)
        told = detail if reason in ("trap", "lost") else ""
        return _failed(code, f"{message}: {told}" if told else message)

    def _finish(self, segment: Segment) -> Segment:
        metrics = self._metrics
        self._metrics = replace(
            metrics,
            duration_ms=self._elapsed() * 1000,
            compute_ms=self._computed * 1000,
            segments=metrics.segments + 1,
            requests=metrics.requests + len(segment.requests),
        )
        if segment.status != "waiting":
            self._release()
        return replace(segment, metrics=self._metrics)

    def _reap(self) -> None:
        """Release a cancelled run, unless a thread is inside: that one comes by here, too."""
        if self._cancelled and self._entry.acquire(blocking=False):
            try:
                self._release()
            finally:
                self._entry.release()

    def _release(self) -> None:
        self._closed = True
        self._parked = None
        instance, self._instance = self._instance, None
        if instance is not None:
            instance.close()


def _failed(code: ErrorCode, message: str) -> Segment:
    return Segment(status="failed", error=ExecutionError(code=code, message=message))
