"""Expressions made at random give the same in both engines; see fuzz.py for more of them."""

import pytest
from conformance.fuzz import fuzz

CASES = 500
SEED = 20_261_121

pytestmark = pytest.mark.requirement("lang.expressions")


def test_the_engines_agree_on_expressions_made_at_random(capsys):
    with capsys.disabled():
        print(f"seed {SEED}", end=" ")

    assert fuzz(CASES, SEED) >= CASES
