"""Whether what is printed of the trees of generated panels is read as the same trees.

Makes whole valid panels by chance, parses each, prints its tree, and parses that: the tree has to
be the same, without errors, and the print canonical. Prints the seed and how many held; exits with
1 and the shortest panel that does not. Run as
``python tests/fuzz/roundtrip.py [--cases N] [--seed S] [--seconds T]``.
"""

import argparse
import secrets
import sys
import time
from random import Random

from cases import check_generated

from nexus_core.parser import parse
from nexus_core.testing.making import random_panel

_TOLD_EVERY = 10_000
_SIZES = (2, 8, 8, 8, 20)
"""About how many nodes the views have."""


def told(source: str) -> str | None:
    """Return what does not hold for a panel, if anything."""
    result = parse(source)
    if not result.ok:
        return f"not valid: {[each for each in result.diagnostics if each.severity == 'error']}"
    try:
        check_generated(result)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    return None


def run(cases: int, seed: int, seconds: float = float("inf")) -> str | None:
    """Try panels; returns the shortest of the first ten that fail, if any does."""
    random = Random(seed)
    failing: list[str] = []
    begun = time.monotonic()
    held = 0
    while held < cases and time.monotonic() - begun < seconds and len(failing) < 10:
        source = random_panel(random, max_nodes=random.choice(_SIZES))
        if told(source) is None:
            held += 1
        else:
            failing.append(source)
        if held and held % _TOLD_EVERY == 0:
            print(f"{held:,} held after {time.monotonic() - begun:.0f} s", flush=True)
    rate = held / max(time.monotonic() - begun, 1e-9)
    print(f"seed {seed}: {held:,} panels held, {len(failing)} did not, {rate:.0f} a second")
    return min(failing, key=len, default=None)


def main() -> int:
    """Run as told by the command line."""
    options = argparse.ArgumentParser(description="Print the trees of panels and read them again.")
    options.add_argument("--cases", type=int, default=100_000, help="panels to make")
    options.add_argument("--seed", type=int, default=None, help="of the random generator")
    options.add_argument("--seconds", type=float, default=float("inf"), help="time to stop after")
    given = options.parse_args()
    seed = secrets.randbits(32) if given.seed is None else given.seed
    failing = run(given.cases, seed, given.seconds)
    if failing is not None:
        print(f"\n{told(failing)}\n{failing}")
    return 1 if failing is not None else 0


if __name__ == "__main__":
    sys.exit(main())
