"""Whose turn it is: owners one after the other, and each one's work in its own order.

Who has much to do waits for himself, not the others for him, and nobody takes all places at once.
What the work is and who does it is not known here.
"""

from collections import Counter, OrderedDict, deque
from collections.abc import Hashable
from typing import Generic, TypeVar

_T = TypeVar("_T")


class Turns(Generic[_T]):
    """A line for each owner. Not for two threads at once."""

    def __init__(self, share: int) -> None:
        """Make one in which nobody has more than ``share`` places at a time."""
        self._share = share
        self._lines: dict[Hashable, deque[_T]] = {}
        self._taken: Counter[Hashable] = Counter()
        self._next: OrderedDict[Hashable, None] = OrderedDict()
        """The owners that have work waiting and a place left, the next one first."""
        self._waiting = 0

    def __len__(self) -> int:
        """How much waits."""
        return self._waiting

    def add(self, owner: Hashable, work: _T) -> None:
        """Put work at the end of its owner's line."""
        self._lines.setdefault(owner, deque()).append(work)
        self._waiting += 1
        self._line_up(owner)

    def take(self) -> tuple[Hashable, _T] | None:
        """Return whose turn it is and the work, until ``done``; None when nobody may go on."""
        if not self._next:
            return None
        owner, _ = self._next.popitem(last=False)
        line = self._lines[owner]
        work = line.popleft()
        if not line:
            del self._lines[owner]
        self._waiting -= 1
        self._taken[owner] += 1
        self._line_up(owner)
        return owner, work

    def done(self, owner: Hashable) -> None:
        """Give the place back that ``take`` gave."""
        self._taken[owner] -= 1
        if not self._taken[owner]:
            del self._taken[owner]
        self._line_up(owner)

    def waiting(self, owner: Hashable) -> int:
        """How much of an owner waits."""
        return len(self._lines.get(owner, ()))

    def _line_up(self, owner: Hashable) -> None:
        if owner in self._lines and self._taken[owner] < self._share:
            self._next.setdefault(owner)
