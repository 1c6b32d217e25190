"""How fast one socket is read, so that reading it keeps nobody else waiting for long.

A few bytes that were compressed can become a message that takes a tenth of a second to read. What
counts is what a message is; whoever sends too much of it is read later, and TCP makes them wait.
"""

from typing import Final

AT_ONCE: Final = 4 << 20
"""Characters, or bytes where a message is binary, that are read as they come."""
A_SECOND: Final = 1 << 20
"""How many are read beyond that, of one socket."""


class Pace:
    """What was read of one socket, as a debt that time pays off."""

    def __init__(self, now: float) -> None:
        """Take the present time in seconds; so do the others."""
        self._debt = 0.0
        self._at = now

    def after(self, size: int, now: float) -> float:
        """Take note of a message; returns the seconds after which the next may be read."""
        self._debt = max(0.0, self._debt - (now - self._at) * A_SECOND) + size
        self._at = now
        return max(0.0, self._debt - AT_ONCE) / A_SECOND


__all__ = ["AT_ONCE", "A_SECOND", "Pace"]
