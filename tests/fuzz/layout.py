"""Whether laying out whole generated panels keeps their trees and is idempotent.

Prints how many panels held; exits with 1 and the smallest panel that does not, as Hypothesis
shrinks it. Run as ``python tests/fuzz/layout.py [--cases N] [--seed S]``.
"""

import argparse
import secrets
import sys
import time
from collections import Counter

from cases import broken
from hypothesis import HealthCheck, given, seed, settings

from nexus_core.parser import parse
from nexus_core.testing.strategies import panels


def main() -> int:
    """Run as told by the command line."""
    options = argparse.ArgumentParser(description="Lay out generated panels.")
    options.add_argument("--cases", type=int, default=100_000, help="panels to make")
    options.add_argument("--seed", type=int, default=None, help="of Hypothesis")
    asked = options.parse_args()
    chosen = secrets.randbits(32) if asked.seed is None else asked.seed
    counts: Counter[str] = Counter()

    @seed(chosen)
    @settings(
        max_examples=asked.cases,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(panels())
    def law(source: str) -> None:
        counts["panels"] += 1
        result = parse(source)
        told = broken(source)
        assert (result.ok, told) == (True, None), f"{told or result.diagnostics}\n{source}"

    begun = time.monotonic()
    try:
        law()
    except AssertionError as error:
        print(f"seed {chosen}: {error}")
        return 1
    rate = counts["panels"] / (time.monotonic() - begun)
    print(f"seed {chosen}: {counts['panels']:,} panels held, {rate:.0f} a second")
    return 0


if __name__ == "__main__":
    sys.exit(main())
