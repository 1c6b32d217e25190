"""One piece of work done in the background whenever somebody asks for it."""

import asyncio
from collections.abc import Awaitable, Callable


class Background:
    """Does its work after it was asked to, and once more when it was asked meanwhile.

    However often it is asked, one task runs and one run is due: nothing queues up, and what
    happened before the asking is seen by a run that begins after it.
    """

    def __init__(self, work: Callable[[], Awaitable[None]]) -> None:
        self._work = work
        self._due = False
        self._closed = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> None:
        """Have the work done soon; after ``close`` no more."""
        self._due = not self._closed
        if self._due and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._run())

    async def idle(self) -> None:
        """Wait until nothing is due."""
        while self._task is not None and not self._task.done():
            await asyncio.wait((self._task,))

    async def close(self) -> None:
        """End what runs."""
        self._closed, self._due = True, False
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait((self._task,))

    async def _run(self) -> None:
        while self._due:
            self._due = False
            await self._work()


__all__ = ["Background"]
