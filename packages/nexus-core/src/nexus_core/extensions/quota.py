"""How often, and how much at once, an extension may be called: a bucket of tokens and some places.

Who calls too often is refused and told when to come back; who comes while all places are taken
waits for one. Both are counted for each panel and for all panels together, so that one panel
cannot use up what the others need. What a call does is not known here.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Hashable
from contextlib import asynccontextmanager, nullcontext
from dataclasses import dataclass
from math import ceil
from typing import Final
from weakref import WeakValueDictionary

from nexus_core.extensions.extension import ExtensionError, Quota
from nexus_protocol.errors import ErrorCode

_SWEEP_ABOVE: Final = 1024
"""Buckets after which those that are full again are forgotten."""


class RateLimitedError(ExtensionError):
    """Raised when an extension is called more often than its quota allows."""

    def __init__(self, message: str, retry_after: float) -> None:
        super().__init__(ErrorCode.RATE_LIMITED, message, retry_after=retry_after)


@dataclass(slots=True)
class _Bucket:
    """Tokens that come back steadily, up to a fill."""

    rate: float
    fill: float
    tokens: float
    at: float

    def refill(self, now: float) -> None:
        self.tokens = min(self.fill, self.tokens + (now - self.at) * self.rate)
        self.at = now

    @property
    def wait(self) -> float:
        """Seconds until there is a token; 0 when there is one."""
        return max(0.0, (1 - self.tokens) / self.rate)


class Meter:
    """Who calls one extension now, and how often it was called lately."""

    def __init__(
        self, name: str, quota: Quota, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._name = name
        self._quota = quota
        self._clock = clock
        self._all_buckets = _bucket(quota.rate, quota, clock())
        self._buckets: dict[Hashable, _Bucket] = {}
        self._places = asyncio.Semaphore(quota.concurrent) if quota.concurrent else None
        self._places_of: WeakValueDictionary[Hashable, asyncio.Semaphore] = WeakValueDictionary()

    @asynccontextmanager
    async def admitted(self, panel: Hashable, *, counted: bool = False) -> AsyncGenerator[None]:
        """Count a call of a panel, and hold a place for as long as it is under way.

        Args:
            panel: What tells panels apart.
            counted: Whether the call was counted before, by a process that ended meanwhile.

        Raises:
            RateLimitedError: it comes too soon after the others.

        """
        if not counted:
            self._charge(panel)
        # The panel's own place first: who waits for that one keeps nobody else waiting.
        async with self._place_of(panel) or nullcontext(), self._places or nullcontext():
            yield

    def _charge(self, panel: Hashable) -> None:
        now = self._clock()
        mine = self._bucket_of(panel, now)
        buckets = [each for each in (mine, self._all_buckets) if each is not None]
        for bucket in buckets:
            bucket.refill(now)
        wait = max((bucket.wait for bucket in buckets), default=0.0)
        if wait > 0:
            message = f"{self._name} is called too often; try again in {ceil(wait * 1000)} ms"
            raise RateLimitedError(message, wait)
        for bucket in buckets:
            bucket.tokens -= 1

    def _bucket_of(self, panel: Hashable, now: float) -> _Bucket | None:
        found = self._buckets.get(panel)
        if found is None and (found := _bucket(self._quota.rate_per_panel, self._quota, now)):
            if len(self._buckets) >= _SWEEP_ABOVE:
                self._sweep(now)
            self._buckets[panel] = found
        return found

    def _sweep(self, now: float) -> None:
        for bucket in self._buckets.values():
            bucket.refill(now)
        self._buckets = {
            panel: bucket for panel, bucket in self._buckets.items() if bucket.tokens < bucket.fill
        }

    def _place_of(self, panel: Hashable) -> asyncio.Semaphore | None:
        limit = self._quota.concurrent_per_panel
        if limit is None:
            return None
        # Held by those that use it, and gone with the last of them.
        place = self._places_of.get(panel) or asyncio.Semaphore(limit)
        self._places_of[panel] = place
        return place


def _bucket(rate: float | None, quota: Quota, now: float) -> _Bucket | None:
    if rate is None:
        return None
    fill = max(1.0, rate * quota.burst_seconds)
    return _Bucket(rate, fill, fill, now)


__all__ = ["Meter", "RateLimitedError"]
