"""Evaluate expressions made at random in both engines and tell the simplest disagreement.

    python tests/conformance/fuzz.py [--cases N] [--seed S]

Exits with 1 when there is one. The same seed makes the same expressions.
"""

import argparse
import random
import sys
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1]))

from conformance.browser import Script
from conformance.engines import QuickJS, told, tree_of

from nexus_core.testing.expressions import STATE, expressions

_TOGETHER = 50
"""Expressions that the engines are given at once; shrinking leaves one of them."""


class DisagreementError(AssertionError):
    """Raised when the engines give different outcomes for an expression."""


def compare(sources: list[str], quickjs: QuickJS, renderer: Script) -> int:
    """Return how many of the expressions were evaluated: those that the parser takes.

    Raises:
        DisagreementError: the engines do not agree on one of them.
    """
    trees = {source: tree for source in sources if (tree := tree_of(source)[0]) is not None}
    server = quickjs.outcomes(list(trees), STATE)
    browser = renderer.ask({"trees": list(trees.values()), "state": STATE})
    for source, left, right in zip(trees, server, browser, strict=True):
        if told(left) != told(right):
            raise DisagreementError(f"{source}\n  QuickJS:  {left}\n  renderer: {right}")
    return len(trees)


def fuzz(cases: int, seed: int) -> int:
    """Compare the engines on so many expressions and return how many were evaluated.

    Raises:
        DisagreementError: the simplest that was found.
    """
    with (
        tempfile.TemporaryDirectory() as directory,
        QuickJS() as quickjs,
        Script("evaluate-lines", Path(directory)) as renderer,
    ):
        evaluated = 0
        while evaluated < cases:
            evaluated += _round(cases - evaluated, seed, quickjs, renderer)
            seed += 1
    return evaluated


def _round(cases: int, seed: int, quickjs: QuickJS, renderer: Script) -> int:
    """Compare about so many expressions; Hypothesis finds the simplest that differs."""
    evaluated = 0

    @seeded(seed)
    @settings(
        max_examples=min(2000, 1 + cases // _TOGETHER),
        database=None,
        deadline=None,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.lists(expressions(), min_size=1, max_size=_TOGETHER))
    def check(sources: list[str]) -> None:
        nonlocal evaluated
        evaluated += compare(sources, quickjs, renderer)

    check()
    return evaluated


def main() -> None:
    """Read the options, compare, and say what came of it."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--cases", type=int, default=20_000)
    options.add_argument("--seed", type=int, default=random.randrange(2**32))
    given_options = options.parse_args()
    print(f"seed {given_options.seed}", flush=True)
    try:
        count = fuzz(given_options.cases, given_options.seed)
    except DisagreementError as found:
        print(found)
        sys.exit(1)
    print(f"{count} expressions, no disagreement")


if __name__ == "__main__":
    main()
