"""Threads that do what waits for them, in groups, awaited from the event loop.

An item goes from the loop to a thread and its outcome back again, and nothing lies between: a task
or a future more on the way would cost more than most queries do. What comes while the threads are
busy waits, and goes to the next one that is free together. What items are is not known here.
"""

import asyncio
import contextlib
import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final, Generic, TypeAlias, TypeVar

Item = TypeVar("Item")

Outcome: TypeAlias = tuple[Any, Exception | None]
"""What an item came to: its result, or why there is none."""

_UNBOUNDED: Final = 1 << 30


@dataclass(frozen=True, slots=True)
class _Waiting(Generic[Item]):
    item: Item
    done: asyncio.Future[Any]


class GroupThreads(Generic[Item]):
    """A few threads; each takes what waits, up to so many items, and does it as a group."""

    def __init__(
        self,
        name: str,
        work: Callable[[Sequence[Item]], Sequence[Outcome]],
        *,
        threads: int = 1,
        group: int = _UNBOUNDED,
    ) -> None:
        """Start the threads.

        Args:
            name: What they are called.
            work: Does a group, and returns what each of its items came to.
            threads: How many there are.
            group: Items that go to one of them together at most.
        """
        self._work = work
        self._most = group
        self._waiting: deque[_Waiting[Item]] = deque()
        self._changed = threading.Condition()
        self._closed = False
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True)
            for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, item: Item) -> "asyncio.Future[Any]":
        """Let an item be done; returns what it comes to. From the event loop only.

        Raises:
            RuntimeError: the threads are to end.

        """
        done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        with self._changed:
            if self._closed:
                raise RuntimeError("the database is closed")
            self._waiting.append(_Waiting(item, done))
            self._changed.notify()
        return done

    def close(self) -> None:
        """Let the threads do what waits, and end them. Blocks."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        while group := self._next():
            outcomes = self._outcomes([each.item for each in group])
            # Nobody awaits anything any more in a loop that is closed.
            with contextlib.suppress(RuntimeError):
                group[0].done.get_loop().call_soon_threadsafe(_settle, group, outcomes)
            del group, outcomes

    def _next(self) -> list[_Waiting[Item]]:
        """Wait for items; returns none when there will be no more."""
        with self._changed:
            while not self._waiting and not self._closed:
                self._changed.wait()
            taken = list(islice(self._waiting, self._most))
            for _ in taken:
                self._waiting.popleft()
            return taken

    def _outcomes(self, items: Sequence[Item]) -> Sequence[Outcome]:
        try:
            return self._work(items)
        except Exception as error:
            return [(None, error)] * len(items)


def _settle(group: Sequence[_Waiting[Any]], outcomes: Sequence[Outcome]) -> None:
    for waiting, (result, error) in zip(group, outcomes, strict=True):
        if waiting.done.done():
            continue
        if error is None:
            waiting.done.set_result(result)
        else:
            waiting.done.set_exception(error)
            # Whoever asked may be gone; then nobody has to hear of it.
            waiting.done.exception()


__all__ = ["GroupThreads", "Outcome"]
