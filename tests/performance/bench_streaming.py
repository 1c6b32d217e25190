"""How long reading a panel in chunks takes in all, beside reading it at once.

Prints one Markdown table. The panels are those of ``panels``; every cache of the parser is
empty before each reading. The time in chunks is that of all ``feed`` and of ``finish``, which gives
the same result as ``parse``. Both are measured in turn, and the least of each counts, so that a
busy machine does not decide their ratio. Run as
``python tests/performance/bench_streaming.py [--runs N] [--chunk CHARACTERS]``.
"""

import argparse
import gc
import time
from collections.abc import Callable

from nexus_core.parser import StreamingParser, cache, parse
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.javascript.handlers import analyse_handler
from panels import panel

SIZES = (1_000, 5_000, 50_000, 500_000)
_MOST = 2_000_000
"""Bytes that are read one way for one line of the table, at least a few times the panel."""


def in_chunks(source: str, size: int) -> None:
    """Read a panel in chunks of that many characters."""
    parser = StreamingParser()
    for place in range(0, len(source), size):
        parser.feed(source[place : place + size])
    parser.finish()


def seconds(work: Callable[[], object]) -> float:
    """Processor time of one call with empty caches."""
    analyse.cache_clear()
    analyse_handler.cache_clear()
    cache.clear()
    begun = time.process_time()
    work()
    return time.process_time() - begun


def measure(source: str, chunk: int, runs: int) -> tuple[float, float]:
    """Least seconds of reading a panel at once, and in chunks."""
    whole, pieces = [], []
    for _ in range(runs):
        whole.append(seconds(lambda: parse(source)))
        pieces.append(seconds(lambda: in_chunks(source, chunk)))
    return min(whole), min(pieces)


def main() -> None:
    """Print the table."""
    options = argparse.ArgumentParser(description="Measure reading in chunks.")
    options.add_argument("--runs", type=int, default=100, help="readings of each kind, at most")
    options.add_argument("--chunk", type=int, default=20, help="characters of a chunk")
    given = options.parse_args()
    gc.collect()
    gc.freeze()
    print(f"| panel | at once | in chunks of {given.chunk} characters | ratio |")
    print("| --- | ---: | ---: | ---: |")
    for size in SIZES:
        source = panel(size)
        runs = min(given.runs, max(_MOST // size, 3))
        whole, pieces = measure(source, given.chunk, runs)
        print(
            f"| {len(source.encode()) / 1000:.1f} KB | {whole * 1e3:.2f} ms "
            f"| {pieces * 1e3:.2f} ms | {pieces / whole:.2f} |"
        )


if __name__ == "__main__":
    main()
