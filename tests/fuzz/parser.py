"""Throw random sources at the parser: only results, every finding in its place, none slow.

Prints the seed, how many cases a second were tried, and for each kind of failure the smallest
source found that still fails; exits with 1 when there is one. Run as
``python tests/fuzz/parser.py [--cases N] [--seed S] [--seconds T]``.
"""

import argparse
import secrets
import sys
import time
from random import Random
from typing import TypeVar

from cases import broken, generate

MOST_SECONDS = 1.0
"""Processor time that a source of at most 64 KiB may take."""
_ATTEMPTS = 2000
_KINDS = 10
"""How many kinds of failure are enough to stop."""

Source = TypeVar("Source", str, bytes)


def kind_of(source: str | bytes) -> str | None:
    """What kind of failure a source is, if it is one."""
    told = broken(source, MOST_SECONDS)
    return None if told is None else told[:60].partition(": Diag")[0].partition(": code")[0]


def reduced(source: Source, kind: str) -> Source:
    """Cut out of a failing source, in ever smaller stretches, what it fails without."""
    attempts = _ATTEMPTS if kind[:4] != "slow" else 60
    width = len(source) // 2
    while width and attempts:
        start, shrunk = 0, False
        while start < len(source) and attempts:
            shorter = source[:start] + source[start + width :]
            attempts -= 1
            if kind_of(shorter) == kind:
                source, shrunk = shorter, True
            else:
                start += width
        if not shrunk or width > len(source):
            width //= 2
    return source


def run(cases: int, seed: int, seconds: float) -> dict[str, str | bytes]:
    """Try sources; returns the smallest that fails by kind of failure."""
    random = Random(seed)
    failing: dict[str, str | bytes] = {}
    begun = time.monotonic()
    tried = 0
    while tried < cases and time.monotonic() - begun < seconds and len(failing) < _KINDS:
        source = generate(random)
        tried += 1
        kind = kind_of(source)
        if kind is not None and kind not in failing:
            failing[kind] = reduced(source, kind)
    rate = tried / max(time.monotonic() - begun, 1e-9)
    print(f"seed {seed}: {tried:,} cases, {rate:.0f} a second, {len(failing)} kinds of failure")
    return failing


def main() -> int:
    """Run as told by the command line."""
    options = argparse.ArgumentParser(description="Fuzz the parser.")
    options.add_argument("--cases", type=int, default=1_000_000, help="sources to try")
    options.add_argument("--seed", type=int, default=None, help="of the random generator")
    options.add_argument("--seconds", type=float, default=float("inf"), help="time to stop after")
    given = options.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    failing = run(given.cases, seed, given.seconds)
    for source in sorted(failing.values(), key=len):
        print(f"\n{broken(source, MOST_SECONDS)}\n  {source!r:.2000}")
    return 1 if failing else 0


if __name__ == "__main__":
    sys.exit(main())
