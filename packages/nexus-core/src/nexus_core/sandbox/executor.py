"""The threads that guests run on, awaited from the event loop.

They are few, because a guest computes, and their stacks are large, because a guest may recurse.
"""

import asyncio
import contextlib
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from nexus_core.sandbox.stack import THREAD_STACK, require_stack

_T = TypeVar("_T")
_Task = tuple[Callable[[], Any], asyncio.AbstractEventLoop, "asyncio.Future[Any]"]

_starting = threading.Lock()


class Executor:
    """A fixed number of threads, started when the first work comes."""

    def __init__(self, threads: int | None = None) -> None:
        # Two more than processors: a thread that waits for the interpreter lock leaves one idle.
        self._count = threads if threads is not None else (os.cpu_count() or 1) + 2
        self._tasks: queue.SimpleQueue[_Task | None] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._closed = False

    async def run(self, work: Callable[[], _T]) -> _T:
        """Run ``work`` on one of the threads and return what it returns.

        Raises:
            RuntimeError: the executor is closed.
        """
        if self._closed:
            raise RuntimeError("the sandbox is closed")
        if not self._threads:
            self._start()
        loop = asyncio.get_running_loop()
        future: asyncio.Future[_T] = loop.create_future()
        self._tasks.put((work, loop, future))
        return await future

    def close(self) -> None:
        """Let the threads finish what they do, and end them."""
        self._closed = True
        for _ in self._threads:
            self._tasks.put(None)
        for thread in self._threads:
            thread.join()
        self._threads.clear()

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

    def _work(self) -> None:
        require_stack()
        while (task := self._tasks.get()) is not None:
            work, loop, future = task
            try:
                result, error = work(), None
            except BaseException as raised:
                result, error = None, raised
            with contextlib.suppress(RuntimeError):  # a closed loop: nobody awaits any more
                loop.call_soon_threadsafe(_settle, future, result, error)
            del task, work, loop, future, result, error


def _settle(future: "asyncio.Future[Any]", result: object, error: BaseException | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(result)
    else:
        future.set_exception(error)
