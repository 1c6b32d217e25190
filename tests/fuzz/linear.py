"""Whether reading a panel takes time in proportion to its length, whatever its shape.

Prints a Markdown table: for each hostile shape the time at the largest size and the worst ratio of
time(2n) to time(n). Exits with 1 when a ratio is above the limit. Times are processor time, the
least of several runs, and a pair that misses is measured again, so that a busy machine does not
decide. With ``--chunk`` the source comes in chunks, each of which is shown before the next. Run as
``python tests/fuzz/linear.py [SHAPE…] [--smallest KiB] [--largest KiB] [--chunk CHARACTERS]``.
"""

import argparse
import gc
import sys
import time
from collections.abc import Callable

from shapes import SHAPES, Shape

from nexus_core.parser import StreamingParser, parse
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.javascript.handlers import analyse_handler

LIMIT = 2.6
"""The most that time(2n)/time(n) may be; 2 is linear."""
_ENOUGH = 0.1
"""Seconds that the runs of one measurement take together at least."""
_RUNS = (3, 20)
_ATTEMPTS = 4


def read(source: str, chunk: int) -> None:
    """Read a source at once, or in chunks of that many characters."""
    if not chunk:
        parse(source)
        return
    parser = StreamingParser()
    for place in range(0, len(source), chunk):
        parser.feed(source[place : place + chunk])
    parser.finish()


def seconds(source: str, chunk: int) -> float:
    """Processor time of one reading with empty caches."""
    analyse.cache_clear()
    analyse_handler.cache_clear()
    gc.collect()
    gc.disable()  # its work depends on everything that the process holds
    begun = time.process_time()
    read(source, chunk)
    took = time.process_time() - begun
    gc.enable()
    return took


def least(source: str, chunk: int) -> float:
    """The least of several measurements."""
    times: list[float] = []
    while len(times) < _RUNS[0] or (sum(times) < _ENOUGH and len(times) < _RUNS[1]):
        times.append(seconds(source, chunk))
    return min(times)


class Measured:
    """The times of one shape by size; measuring again keeps the smaller time."""

    def __init__(self, shape: Shape, chunk: int) -> None:
        self._shape = shape
        self._chunk = chunk
        self._times: dict[int, float] = {}

    def time(self, size: int, *, again: bool = False) -> float:
        """Seconds at a size."""
        if again or size not in self._times:
            now = least(self._shape.make(size), self._chunk)
            self._times[size] = min(now, self._times.get(size, now))
        return self._times[size]

    def ratio(self, size: int) -> float:
        """time(2n)/time(n); measured again while it misses."""
        for attempt in range(_ATTEMPTS):
            ratio = self.time(2 * size, again=attempt > 0) / self.time(size, again=attempt > 0)
            if ratio <= LIMIT:
                break
        return ratio


def measure(
    shapes: list[Shape], sizes: list[int], chunk: int, tell: Callable[[str], None] = print
) -> bool:
    """Print the table; returns whether every shape holds the limit."""
    good = True
    tell("| shape | ms at the largest | worst time(2n)/time(n) | at n, KiB |")
    tell("| --- | --: | --: | --: |")
    for shape in shapes:
        measured = Measured(shape, chunk)
        worst, size = max((measured.ratio(size), size) for size in sizes)
        good = good and worst <= LIMIT
        mark = "" if worst <= LIMIT else " **missed**"
        largest = measured.time(2 * sizes[-1])
        tell(f"| {shape.name} | {largest * 1e3:.1f} | {worst:.2f}{mark} | {size >> 10} |")
    return good


def main() -> int:
    """Measure the shapes that are asked for, all by default."""
    options = argparse.ArgumentParser(description="Measure hostile shapes.")
    options.add_argument("shape", nargs="*", help="names of shapes; all by default")
    options.add_argument("--smallest", type=int, default=64, help="first n, KiB")
    options.add_argument("--largest", type=int, default=1024, help="last 2n, KiB")
    options.add_argument("--chunk", type=int, default=0, help="characters of a chunk; 0 for all")
    given = options.parse_args()
    sizes = [given.smallest << 10]
    while sizes[-1] * 4 <= given.largest << 10:
        sizes.append(sizes[-1] * 2)
    good = measure([SHAPES[name] for name in given.shape or SHAPES], sizes, given.chunk)
    if not good:
        print(f"missed: a ratio is above {LIMIT}", file=sys.stderr)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
