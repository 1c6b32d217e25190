"""How hard the figures are tried, and the trying of one thing at each of its steps."""

import contextlib
import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from random import Random
from typing import TypeVar

from durability.checking import say

_Item = TypeVar("_Item")
Outcome = tuple[Counter[str], list[str]]
"""How often something ended how, and what is lost or broken."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a figure is tried."""

    random: Random
    quick: bool
    jobs: int = 1
    """Trials that go on at the same time."""
    only: tuple[str, ...] = ()
    """What is tried of all that could be; all where nothing is named."""

    def of(self, quick: int, deep: int) -> int:
        """Return how often something is done."""
        return quick if self.quick else deep

    def chosen(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what is to be tried of these."""
        return tuple(each for each in names if not self.only or each in self.only)

    def steps(self, few: int, below: int) -> Iterable[int]:
        """Return each step there may be, or a few."""
        some = (self.random.randrange(1, below) for _ in range(few))
        return tuple(some) if self.quick else itertools.count(1)


def at_each_step(
    what: str, steps: Iterable[int], attempt: Callable[[int], tuple[str | None, list[str]]]
) -> Outcome:
    """Attempt something with one step after the other interfered with, until there are no more.

    How many there are can differ by one or two from time to time: two have to be missing.

    Args:
        what: What is attempted, as it is told.
        steps: Numbers of steps, from 1.
        attempt: Returns how it ended, None when there was no such step; and what is amiss.

    """
    counts: Counter[str] = Counter()
    missed: list[str] = []
    began, without = time.monotonic(), 0
    for step in steps:
        try:
            ended, found = attempt(step)
        except Exception as error:  # The others are tried all the same.
            ended, found = "broken off", [f"broken off by {error!r}"]
        missed += [f"{what}, step {step}: {each}" for each in found]
        for each in found:
            say(f"MISSED: {what}, step {step}: {each[:1000]}")
        if ended is None:
            without += 1
            if without == 2:
                break
        else:
            without = 0
            counts[ended] += 1
    seconds = time.monotonic() - began
    say(f"{what}: {dict(counts)}, {len(missed)} missed, {seconds:.0f} s")
    return counts, missed


def shared_out(
    jobs: int,
    items: Iterable[_Item],
    worker: Callable[[], AbstractContextManager[Callable[[_Item], Outcome]]],
) -> Outcome:
    """Let so many workers do all items; return what comes of them together."""
    waiting: SimpleQueue[_Item] = SimpleQueue()
    for item in items:
        waiting.put(item)

    def work() -> list[Outcome]:
        with worker() as do:
            return [do(item) for item in _taken(waiting)]

    with ThreadPoolExecutor(jobs) as pool:
        working = [pool.submit(work) for _ in range(jobs)]
        outcomes = [each for one in working for each in one.result()]
    counts = sum((each for each, _ in outcomes), Counter[str]())
    return counts, [each for _, missed in outcomes for each in missed]


def _taken(waiting: SimpleQueue[_Item]) -> Iterator[_Item]:
    with contextlib.suppress(Empty):
        while True:
            yield waiting.get_nowait()


__all__ = ["Effort", "Outcome", "at_each_step", "shared_out"]
