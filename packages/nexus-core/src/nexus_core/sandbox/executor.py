"""The threads that guests run on, awaited from the event loop.

They are few, because a guest computes, and their stacks are large, because a guest may recurse.
Whose work is next is decided by ``turns``.
"""

import asyncio
import contextlib
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, TypeVar

from nexus_core.sandbox.stack import THREAD_STACK, require_stack
from nexus_core.sandbox.turns import Turns

_T = TypeVar("_T")

_starting = threading.Lock()


class BusyError(RuntimeError):
    """Raised when there is more to do than can be done in time."""


@dataclass(slots=True, eq=False)
class _Task:
    work: Callable[[], Any]
    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    began: float
    waits: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What the threads have to do, and had."""

    threads: int
    busy: int
    """Threads that do something."""
    waiting: int
    """Work that no thread has begun."""
    done: int
    """Work that was begun, ever."""
    refused: int
    """Work that was not, because there was too much."""
    waited_seconds: float
    """How long all that was begun had waited, together."""


class Executor:
    """A fixed number of threads. Owners take turns, and leave one thread to the others."""

    def __init__(
        self, threads: int | None = None, *, prepare: Callable[[], None], waiting: int
    ) -> None:
        """Start the threads.

        Args:
            threads: How many; without it two more than processors, because a thread that waits
                for the interpreter lock leaves one idle.
            prepare: What each does first; the caller waits for it.
            waiting: How much of one owner may wait.
        """
        count = threads if threads is not None else (os.cpu_count() or 1) + 2
        self._count = count
        self._most = waiting
        self._turns: Turns[_Task] = Turns(max(1, count - 1))
        self._lock = threading.Lock()
        self._resting: deque[threading.Condition] = deque()
        """The threads that have nothing to do, the one that rests longest first."""
        self._busy = self._done = self._refused = 0
        self._waited = 0.0
        self._prepare = prepare
        self._ready = threading.Barrier(count + 1)
        self._threads: list[threading.Thread] = []
        self._closed = False
        self._start()

    async def run(
        self,
        work: Callable[[], _T],
        *,
        owner: Hashable = None,
        patience: float | None = None,
    ) -> _T:
        """Run ``work`` on one of the threads and return what it returns.

        Work whose awaiter is cancelled while it waits for a thread is not begun.

        Args:
            work: What is done.
            owner: Whose turn it takes.
            patience: Seconds after which it is not begun any more, and never refused without it.

        Raises:
            BusyError: the owner has too much waiting, or it waited too long.
            RuntimeError: the executor is closed.
        """
        loop = asyncio.get_running_loop()
        task = _Task(work, loop, loop.create_future(), time.monotonic())
        self._add(task, owner, bounded=patience is not None)
        timer = loop.call_later(patience, self._give_up, task) if patience is not None else None
        try:
            return await task.future
        finally:
            task.waits = False
            if timer is not None:
                timer.cancel()

    def load(self) -> Load:
        """Return what there is to do."""
        with self._lock:
            return Load(
                threads=self._count,
                busy=self._busy,
                waiting=len(self._turns),
                done=self._done,
                refused=self._refused,
                waited_seconds=self._waited,
            )

    def close(self) -> None:
        """Let the threads finish what was given to them, and end them."""
        with self._lock:
            self._closed = True
            self._wake_all()
        for thread in self._threads:
            thread.join()
        self._threads.clear()

    def _add(self, task: _Task, owner: Hashable, *, bounded: bool) -> None:
        with self._lock:
            if self._closed:
                raise RuntimeError("the sandbox is closed")
            if bounded and self._turns.waiting(owner) >= self._most:
                self._refused += 1
                raise BusyError(f"{self._most} executions wait already")
            self._turns.add(owner, task)
            if self._resting:
                # On a busy machine the system lets the one run soonest that rests longest.
                self._resting.popleft().notify()

    def _wake_all(self) -> None:
        while self._resting:
            self._resting.popleft().notify()

    def _give_up(self, task: _Task) -> None:
        with self._lock:
            if not task.waits or task.future.done():
                return
            task.waits = False
            self._refused += 1
        task.future.set_exception(BusyError("the sandbox is busy"))

    def _start(self) -> None:
        # The size is a setting of the whole process, so it is put back at once.
        with _starting:
            before = threading.stack_size(THREAD_STACK)
            try:
                for number in range(self._count):
                    name = f"nexus-sandbox-{number}"
                    thread = threading.Thread(target=self._work, name=name, daemon=True)
                    thread.start()
                    self._threads.append(thread)
            finally:
                threading.stack_size(before)
        self._ready.wait()

    def _work(self) -> None:
        try:
            require_stack()
            self._prepare()
        finally:
            self._ready.wait()
        rest = threading.Condition(self._lock)
        while (turn := self._next(rest)) is not None:
            owner, task = turn
            try:
                result, error = task.work(), None
            except BaseException as raised:
                result, error = None, raised
            self._end(owner)
            with contextlib.suppress(RuntimeError):  # a closed loop: nobody awaits any more
                task.loop.call_soon_threadsafe(_settle, task.future, result, error)
            del turn, owner, task, result, error

    def _next(self, rest: threading.Condition) -> tuple[Hashable, _Task] | None:
        with self._lock:
            while True:
                turn = self._turns.take()
                if turn is None:
                    if self._closed and not len(self._turns):
                        return None
                    self._resting.append(rest)
                    rest.wait()
                elif self._begin(turn[1]):
                    return turn
                else:
                    self._turns.done(turn[0])

    def _begin(self, task: _Task) -> bool:
        """Take note that work is begun, unless nobody waits for it any more."""
        if not task.waits:
            return False
        task.waits = False
        self._busy += 1
        self._done += 1
        self._waited += time.monotonic() - task.began
        return True

    def _end(self, owner: Hashable) -> None:
        with self._lock:
            self._busy -= 1
            # What may go on now is this thread's own next turn: nobody has to be woken for it.
            self._turns.done(owner)
            if self._closed:
                self._wake_all()


def _settle(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
