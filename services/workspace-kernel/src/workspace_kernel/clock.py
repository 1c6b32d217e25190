"""What time it is, and waiting until a time; tests move the clock by hand."""

import asyncio
import time
from typing import Final, Protocol

_NAP: Final = 60.0
"""Seconds after which a long wait looks at the clock again, for somebody may have set it."""


class Clock(Protocol):
    """Tells the time, and waits for it."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        ...

    async def wait_until(self, moment: float) -> None:
        """Return when that time has come."""
        ...


class SystemClock:
    """The clock of the machine."""

    def now(self) -> float:
        """Return the seconds since the epoch, UTC."""
        return time.time()

    async def wait_until(self, moment: float) -> None:
        """Return when that time has come."""
        while (left := moment - self.now()) > 0:  # noqa: ASYNC110 - time is what it waits for.
            await asyncio.sleep(min(left, _NAP))


__all__ = ["Clock", "SystemClock"]
