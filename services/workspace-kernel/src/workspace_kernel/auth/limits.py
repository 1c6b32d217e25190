"""How often something may be tried: buckets that fill again with time, a bounded number of them.

Whose address or account a key stands for is the business of those who ask.
"""

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError

MAX_KEYS: Final = 20_000


@dataclass(frozen=True, slots=True)
class Rate:
    """So many times within so many seconds."""

    name: str
    times: int
    seconds: float


LOGIN_BY_ADDRESS: Final = Rate("login-address", 30, 300)
LOGIN_BY_ACCOUNT: Final = Rate("login-account", 20, 300)
SIGNUP_BY_ADDRESS: Final = Rate("signup-address", 10, 3600)
REFRESH_BY_ADDRESS: Final = Rate("refresh-address", 120, 60)
FAILURES_BY_ADDRESS: Final = Rate("failures-address", 300, 60)
"""Requests with a token that does not hold."""
REQUESTS_BY_BEARER: Final = Rate("requests", 1200, 60)
INVITATIONS_BY_BEARER: Final = Rate("invitations", 120, 3600)
TICKETS_BY_BEARER: Final = Rate("tickets", 120, 60)

RATES: Final = (
    LOGIN_BY_ADDRESS,
    LOGIN_BY_ACCOUNT,
    SIGNUP_BY_ADDRESS,
    REFRESH_BY_ADDRESS,
    FAILURES_BY_ADDRESS,
    REQUESTS_BY_BEARER,
    INVITATIONS_BY_BEARER,
    TICKETS_BY_BEARER,
)
"""All of them, for the documents."""


class RateLimits:
    """What is left of each bucket."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()

    def take(self, rate: Rate, key: str) -> None:
        """Count one try.

        Raises:
            KernelError: RESOURCE_LIMIT, with the seconds until the next one.

        """
        now = self._clock()
        left = self._left(rate, key, now)
        if left < 1:
            self._refuse(rate, left)
        self._put(rate, key, left - 1, now)

    def check(self, rate: Rate, key: str) -> None:
        """Refuse as ``take`` does, without counting.

        Raises:
            KernelError: RESOURCE_LIMIT, with the seconds until the next one.

        """
        left = self._left(rate, key, self._clock())
        if left < 1:
            self._refuse(rate, left)

    def _left(self, rate: Rate, key: str, now: float) -> float:
        left, then = self._buckets.get((rate.name, key), (float(rate.times), now))
        return min(rate.times, left + (now - then) * rate.times / rate.seconds)

    def _put(self, rate: Rate, key: str, left: float, now: float) -> None:
        self._buckets[rate.name, key] = left, now
        self._buckets.move_to_end((rate.name, key))
        # Those that were used longest ago are the fullest.
        while len(self._buckets) > MAX_KEYS:
            self._buckets.popitem(last=False)

    def _refuse(self, rate: Rate, left: float) -> None:
        wait = math.ceil((1 - left) * rate.seconds / rate.times)
        raise KernelError(
            ErrorCode.RESOURCE_LIMIT, f"Too many tries; again in {wait} s.", retry_after=wait
        )


__all__ = ["RATES", "Rate", "RateLimits"]
