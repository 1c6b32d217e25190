"""Do something for a name once it has been quiet for a while, and again when it failed.

What is done, and what a name stands for, is not known here.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Final

LONGEST: Final = 10
"""So many times the delay, something that never becomes quiet is put off at most."""

_MAX_RETRY: Final = 30.0

logger = logging.getLogger(__name__)


class Debounce:
    """Calls to come, at most one for each name."""

    def __init__(self, delay: float, call: Callable[[str], Awaitable[bool]]) -> None:
        """Take the seconds of quiet, and the call, which tells whether it is done."""
        self._delay = delay
        self._call = call
        self._due: dict[str, float] = {}
        self._latest: dict[str, float] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def touch(self, name: str) -> None:
        """Put the call for a name off until it is quiet from now on."""
        now = asyncio.get_running_loop().time()
        latest = self._latest.setdefault(name, now + LONGEST * self._delay)
        self._due[name] = min(now + self._delay, latest)
        if name not in self._tasks:
            self._tasks[name] = asyncio.create_task(self._wait(name))

    async def close(self) -> None:
        """Call nothing any more; what is being called comes to its end."""
        tasks = tuple(self._tasks.values())
        self._due.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _wait(self, name: str) -> None:
        loop = asyncio.get_running_loop()
        retry = max(self._delay, 0.5)
        try:
            while (due := self._due.get(name)) is not None:
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                elif await asyncio.shield(self._done(name)):
                    self._settle(name, due)
                else:
                    retry = min(retry * 2, _MAX_RETRY)
                    self._due[name] = loop.time() + retry
        finally:
            del self._tasks[name]

    async def _done(self, name: str) -> bool:
        try:
            return await self._call(name)
        except Exception:
            logger.exception("What was put off for %s failed, and is tried again", name)
            return False

    def _settle(self, name: str, due: float) -> None:
        self._latest.pop(name, None)
        if self._due.get(name) == due:
            del self._due[name]


__all__ = ["LONGEST", "Debounce"]
