"""A second wall: guests live in processes of their own, and this one asks for what they say.

A worker that ends takes its guests with it: each costs its execution one error, and another
process takes the worker's place. One that does not answer in time is ended. Whoever breaks out of
a guest is in a process that has two sockets and nothing else; what it says is checked here and,
as what a guest says, by the bridge.
"""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import nexus_quickjs
from nexus_core.sandbox import frames
from nexus_core.sandbox.deadlines import GRACE
from nexus_core.sandbox.frames import Asked, BrokenWorkerError, Resume, Start, Told
from nexus_core.sandbox.guest import (
    Allowance,
    EngineError,
    Exit,
    Occupancy,
    Script,
    Setup,
    StoppedError,
)
from nexus_core.sandbox.images import DamagedImageError

_PATIENCE = 1.0
"""Seconds beyond its deadline that a worker gets to say how a guest ended."""
_COPYING = 10.0
"""Seconds for what is no computing: taking a memory's image, and restoring one."""
_STARTING = 60.0
"""Seconds until a worker has to be ready; it may have to compile the engine first."""
_FREE = 10.0
"""Seconds that a thread waits for the first worker to be ready."""
_SETTLED = 10.0
"""A worker that lived so many seconds did not end because it was started."""
_SHORTEST_DELAY, _LONGEST_DELAY = 0.1, 10.0
_PROBES = 3
"""Guests that a worker runs before it is ready."""

_T = TypeVar("_T")


class _Worker:
    """One process. ``busy``, ``live`` and ``leaving`` are guarded by the engine's condition."""

    def __init__(self, cache_dir: Path | None, instances: int, idle_seconds: float) -> None:
        self.busy = False
        self.ended = False
        self.live = 0
        self.leaving: list[int] = []
        """Guests to be closed as soon as the worker listens."""
        self._newest = 0
        self._data, data = socket.socketpair()
        self._control, control = socket.socketpair()
        with data, control:
            sockets = (data.fileno(), control.fileno())
            try:
                self._process = _spawned(sockets, instances, idle_seconds, cache_dir)
            except OSError:
                self.close()
                raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def greet(self, identity: str, probe: Start) -> bool:
        """Wait for its first words, and run some guests: the next ones find everything in place.

        Returns whether it found the engine compiled.

        Raises:
            BrokenWorkerError: it did not do so.
        """
        until = time.monotonic() + _STARTING
        told, payload = frames.receive(self._data, until, 0)
        if told is not Told.HELLO:
            raise BrokenWorkerError("it did not say who it is")
        cache_hit = frames.unpack_hello(payload, identity)
        for _ in range(_PROBES):
            number = self.number()
            request = frames.pack_request(Asked.START, number, probe.pack())
            told, _ = self.ask(request, until, probe.allowance.output_bytes)
            if told is not Told.EXIT:
                raise BrokenWorkerError("it cannot run a guest")
            self.leave(number)
        return cache_hit

    def number(self) -> int:
        """Return the number of another guest; they only grow."""
        self._newest += 1
        self.live += 1
        return self._newest

    def ask(self, request: bytes, until: float, most: int) -> tuple[Told, bytes]:
        """Send a request and return the reply.

        Raises:
            BrokenWorkerError: there is none; the worker is ended.
        """
        try:
            frames.send(self._data, request, until)
            return frames.receive(self._data, until, most)
        except BaseException:
            self.end()
            raise

    def leave(self, number: int) -> None:
        """Have a guest closed. Only while nothing is asked."""
        self.live -= 1
        self._tell(self._data, frames.pack_request(Asked.CLOSE, number))

    def interrupt(self, number: int) -> None:
        """Have a guest stop, while something is asked."""
        self._tell(self._control, frames.INTERRUPT.pack(number))

    def end(self) -> None:
        """Kill it, from any thread."""
        self.ended = True
        self._process.kill()
        for each in (self._data, self._control):
            with contextlib.suppress(OSError):  # it is not connected any more
                each.shutdown(socket.SHUT_RDWR)

    def wait(self) -> None:
        """Wait until it ends, however that comes."""
        with contextlib.suppress(OSError):
            self._control.recv(1)  # It never says anything here: this is its end.
        self.end()
        self._process.wait()

    def close(self) -> None:
        """Give the sockets back; nobody may be using them."""
        self._data.close()
        self._control.close()

    def _tell(self, channel: socket.socket, data: bytes) -> None:
        """Send without waiting: who does not take these few bytes has stopped listening."""
        try:
            channel.send(data, socket.MSG_DONTWAIT)
        except OSError:
            self.end()


class RemoteGuest:
    """One guest in a worker: a ``Guest``. It comes to be when it starts or is restored."""

    __slots__ = ("_engine", "_interrupted", "_memory_bytes", "_number", "_worker")

    def __init__(self, engine: "WorkerEngine", memory_bytes: int) -> None:
        self._engine = engine
        self._memory_bytes = memory_bytes
        self._interrupted = False
        self._worker: _Worker | None = None
        self._number = 0

    def start(
        self,
        data: bytes,
        *,
        head: int,
        setup: Setup,
        allowance: Allowance,
        scripts: Sequence[Script] = (),
    ) -> Exit:
        """Begin the execution; see ``Guest.start``."""
        start = Start(
            memory_bytes=self._memory_bytes,
            setup=setup,
            head=head,
            allowance=allowance,
            data=data,
            scripts=tuple(scripts),
        )
        left = self._entered(Asked.START, start.pack(), allowance)
        self._engine.count(left)
        return left

    def resume(self, data: bytes, *, now: float | None, allowance: Allowance) -> Exit:
        """Go on after a suspension; see ``Guest.resume``."""
        resume = Resume(now=now, allowance=allowance, data=data)
        return self._entered(Asked.RESUME, resume.pack(), allowance)

    def interrupt(self) -> None:
        """Ask the guest to stop, from another thread; nothing happens when it does not run."""
        # In this order: either the request that makes the guest says so, or its number is known.
        self._interrupted = True
        worker, number = self._worker, self._number
        if worker is not None and number:
            worker.interrupt(number)

    def image(self) -> bytes:
        """Return how its memory differs from a fresh one's; see ``Guest.image``."""
        return self._ask(Asked.IMAGE, b"", _COPYING, 0, Told.IMAGE)

    def restore(self, image: bytes) -> None:
        """Make the memory of this fresh guest what it was in another; see ``Guest.restore``."""
        payload = frames.pack_restore(self._memory_bytes, image)
        try:
            self._ask(Asked.RESTORE, payload, _COPYING, 0, Told.RESTORED)
        except StoppedError as error:
            raise EngineError(f"the sandbox worker was lost: {error}") from None

    def close(self) -> None:
        """Give the instance's memory back, without waiting."""
        if self._worker is not None and self._number:
            self._engine.leave(self._worker, self._number)

    def _entered(self, asked: Asked, payload: bytes, allowance: Allowance) -> Exit:
        seconds = allowance.seconds + GRACE + _PATIENCE
        most = allowance.output_bytes
        reply = self._ask(asked, payload, seconds, most, Told.EXIT)
        return self._checked(lambda: frames.unpack_exit(reply, most))

    def _ask(self, asked: Asked, payload: bytes, seconds: float, most: int, wanted: Told) -> bytes:
        worker = self._worker = self._engine.take(self._worker)
        try:
            if not self._number:
                self._number = worker.number()
            request = frames.pack_request(asked, self._number, payload, stop=self._interrupted)
            told, reply = worker.ask(request, time.monotonic() + seconds, most)
        except BrokenWorkerError as error:
            raise StoppedError("lost", str(error)) from None
        finally:
            self._engine.give_back(worker)
        return self._checked(lambda: _expected(told, reply, wanted))

    def _checked(self, read: Callable[[], _T]) -> _T:
        """Return what is read from a reply; a worker that tells nonsense is ended."""
        try:
            return read()
        except BrokenWorkerError as error:
            if self._worker is not None:
                self._worker.end()
            raise StoppedError("lost", str(error)) from None


class WorkerEngine:
    """Guests in worker processes, each of which runs one at a time: a ``GuestEngine``."""

    def __init__(
        self,
        workers: int,
        *,
        probe: Start,
        cache_dir: Path | None,
        instances: int,
        idle_seconds: float,
    ) -> None:
        """Start the processes; guests wait until one is ready.

        Args:
            workers: How many.
            probe: What each runs before it is ready.
            cache_dir: Where the compiled engine is kept.
            instances: How many guests may live at once, in all of them together.
            idle_seconds: After so long a worker gives back what it keeps for guests to come.
        """
        self._identity = nexus_quickjs.engine().sha256
        self._count = workers
        self._idle_seconds = idle_seconds
        self._probe = probe
        self._cache_dir = cache_dir
        self._each = -(-instances // self._count)
        self._changed = threading.Condition()
        self._ready: list[_Worker] = []
        self._closing = threading.Event()
        self._lost = self._scripts_compiled = self._scripts_reused = 0
        self._cache_hit = False
        self._starting: set[_Worker] = set()
        # The system ends a worker with the thread that started it: each has one that stays.
        self._keepers = [
            threading.Thread(target=self._keep, name=f"nexus-worker-{number}", daemon=True)
            for number in range(self._count)
        ]
        for keeper in self._keepers:
            keeper.start()

    @property
    def identity(self) -> str:
        """Hash of the module: what decides how the memory of its instances is laid out."""
        return self._identity

    @property
    def cache_hit(self) -> bool:
        """Whether the worker that was ready last found the engine compiled."""
        return self._cache_hit

    @property
    def crowded(self) -> bool:
        """Whether half of the room for instances is taken."""
        return sum(worker.live for worker in self._ready) * 2 >= self._each * self._count

    @property
    def processes(self) -> tuple[int, ...]:
        """The processes that are ready."""
        with self._changed:
            return tuple(worker.pid for worker in self._ready)

    def instantiate(self, memory_bytes: int) -> RemoteGuest:
        """Return a guest that may hold this much memory."""
        return RemoteGuest(self, memory_bytes)

    def occupancy(self) -> Occupancy:
        """Return how much of it is in use."""
        with self._changed:
            return Occupancy(
                live=sum(worker.live for worker in self._ready),
                room=self._each * self._count,
                running=sum(worker.busy for worker in self._ready),
                workers=len(self._ready),
                workers_lost=self._lost,
                scripts_compiled=self._scripts_compiled,
                scripts_reused=self._scripts_reused,
            )

    def count(self, left: Exit) -> None:
        """Count what a worker says of the scripts that it was given."""
        with self._changed:
            self._scripts_compiled += left.compiled
            self._scripts_reused += left.reused

    def take(self, wanted: _Worker | None) -> _Worker:
        """Return a worker that is nobody else's until it is given back.

        A guest that lives in one has to have that; another gets the one with the fewest guests.

        Raises:
            EngineError: there is none, and none comes.
        """
        with self._changed:
            while not self._closing.is_set():
                if (found := self._free(wanted)) is not None:
                    found.busy = True
                    return found
                if wanted is not None or self._ready:
                    self._changed.wait()  # Who is busy now is not for ever: it has a deadline.
                elif not self._changed.wait_for(self._any, _FREE):
                    break
        raise EngineError("no sandbox worker is ready")

    def _any(self) -> bool:
        return bool(self._ready) or self._closing.is_set()

    def _free(self, wanted: _Worker | None) -> _Worker | None:
        if wanted is not None:
            # Whoever asks one that has ended is told so.
            return wanted if wanted.ended or not wanted.busy else None
        free = (worker for worker in self._ready if not worker.busy and not worker.ended)
        return min(free, key=lambda worker: worker.live, default=None)

    def give_back(self, worker: _Worker) -> None:
        """Let others have a worker."""
        with self._changed:
            worker.busy = False
            for number in worker.leaving:
                worker.leave(number)
            worker.leaving.clear()
            self._changed.notify_all()

    def leave(self, worker: _Worker, number: int) -> None:
        """Have a guest closed: now, or by whom the worker is busy with."""
        with self._changed:
            if worker.busy:
                worker.leaving.append(number)
            else:
                worker.leave(number)

    def close(self) -> None:
        """End the processes. Instances must be closed before."""
        with self._changed:
            self._closing.set()
            for worker in (*self._ready, *self._starting):
                worker.end()
            self._changed.notify_all()
        for keeper in self._keepers:
            keeper.join()

    # ---- keeping one worker alive

    def _keep(self) -> None:
        failures = 0
        while not self._closing.wait(_delay(failures)):
            began = time.monotonic()
            if (worker := self._started()) is not None:
                worker.wait()
                self._dismiss(worker)
            failures = failures + 1 if time.monotonic() - began < _SETTLED else 0

    def _started(self) -> _Worker | None:
        try:
            worker = _Worker(self._cache_dir, self._each, self._idle_seconds)
        except OSError:  # no memory, no descriptors: later, perhaps
            return None
        with self._changed:
            self._starting.add(worker)
        try:
            self._cache_hit = worker.greet(self._identity, self._probe)
        except BrokenWorkerError:
            worker.end()
        with self._changed:
            self._starting.discard(worker)
            if self._closing.is_set():
                worker.end()
            self._ready.append(worker)
            self._changed.notify_all()
        return worker

    def _dismiss(self, worker: _Worker) -> None:
        with self._changed:
            self._ready.remove(worker)
            self._lost += not self._closing.is_set()
            self._changed.notify_all()
            self._changed.wait_for(lambda: not worker.busy)  # Its end has been told to them.
            worker.close()


def _delay(failures: int) -> float:
    """Seconds before the next start: none after the first end, then ever more."""
    if failures <= 1:
        return 0.0
    return min(_SHORTEST_DELAY * 2.0 ** min(failures - 2, 10), _LONGEST_DELAY)


def _expected(told: Told, reply: bytes, wanted: Told) -> bytes:
    """Return a reply of the wanted kind, or raise what a refusal means."""
    match told:
        case Told.STOPPED:
            raise StoppedError(*frames.unpack_stopped(reply))
        case Told.REFUSED:
            raise EngineError(frames.text_of(reply))
        case Told.DAMAGED:
            raise DamagedImageError(frames.text_of(reply))
        case Told.EXIT | Told.IMAGE | Told.RESTORED | Told.HELLO:
            if told is not wanted:
                raise BrokenWorkerError("its reply is to something else")
            return reply


def _spawned(
    sockets: tuple[int, int], instances: int, idle_seconds: float, cache_dir: Path | None
) -> subprocess.Popen[bytes]:
    """Start the process, with its two sockets and nothing else of this one."""
    arguments: list[object] = [*sockets, os.getpid(), instances, idle_seconds]
    if cache_dir is not None:
        arguments.append(cache_dir.absolute())
    return subprocess.Popen(  # noqa: S603 - this program, and numbers
        [sys.executable, "-P", "-m", "nexus_core.sandbox.worker", *map(str, arguments)],
        cwd="/",
        env=_environment(),
        pass_fds=sockets,
        start_new_session=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def _environment() -> dict[str, str]:
    """Return where Python finds this package and the compiled engine, and nothing else."""
    kept = {name: os.environ[name] for name in ("HOME", "XDG_CACHE_HOME") if name in os.environ}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join(os.path.abspath(each) for each in sys.path if each),
    }
