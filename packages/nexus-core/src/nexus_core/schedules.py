"""When a trigger is due by the clock: intervals and cron expressions in a time zone.

The only module that knows cronsim. Expressions have five fields and mean what they mean to Debian's
cron, also when clocks are changed. A job at a fixed time of day runs once that day: a time that is
skipped in spring comes when the clock has moved on, one that comes twice in autumn counts the first
time. Where minute or hour begin with a star it goes by the time that passes.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

LONGEST_CRON: Final = 120
"""Characters of a cron expression."""

_FIELDS: Final = 5
_ZONE: Final = re.compile(r"[A-Za-z][\w+-]{0,31}(?:/[\w+-]{1,31}){0,2}", re.ASCII)


class ScheduleError(ValueError):
    """Raised when a cron expression or the name of a time zone means nothing."""


def check_cron(expression: str) -> None:
    """Make sure that there is a time at which a cron expression is due.

    Raises:
        ScheduleError: it cannot be read, or no day is ever like that.
    """
    _next(expression, datetime(2024, 1, 1, tzinfo=UTC))


@lru_cache(maxsize=256)
def zone(name: str) -> tzinfo:
    """Return a time zone by its IANA name.

    Raises:
        ScheduleError: there is none of that name.
    """
    if name == "UTC":
        return UTC
    if not _ZONE.fullmatch(name):
        raise ScheduleError("the name of a time zone is like Europe/Berlin")
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ScheduleError(f"there is no time zone {name}") from None


def cron_after(expression: str, timezone: str, moment: float) -> float:
    """Return the first time after a moment at which a cron expression is due.

    Times are seconds since the epoch. Raises ``ScheduleError`` as ``check_cron`` and ``zone`` do.
    """
    return _next(expression, datetime.fromtimestamp(moment, zone(timezone))).timestamp()


def interval_after(seconds: int, due: float, moment: float) -> float:
    """Return when an interval is due next after a moment, in step with when it was due."""
    missed = max(0, int((moment - due) // seconds))
    return due + (missed + 1) * seconds


def _next(expression: str, moment: datetime) -> datetime:
    fields = expression.split()
    if len(expression) > LONGEST_CRON or len(fields) != _FIELDS:
        raise ScheduleError("a cron expression has five fields: minute hour day month weekday")
    try:
        times: Iterator[datetime] = CronSim(" ".join(fields), moment)
        found = next(times, None)
    except (CronSimError, ValueError) as error:
        raise ScheduleError(f"the cron expression cannot be read: {error}") from None
    if found is None:
        raise ScheduleError("no day is ever as the cron expression says")
    return found


__all__ = ["LONGEST_CRON", "ScheduleError", "check_cron", "cron_after", "interval_after", "zone"]
