"""The figures of the repositories, tried a little; `figures.py` proves them."""

from random import Random

import pytest
from durability import figures

pytestmark = pytest.mark.requirement("ker.git")


@pytest.mark.parametrize("name", ["D1", "D2", "D3", "D4"])
def test_a_figure_of_the_repositories_is_reached(name):
    _, missed = figures.FIGURES[name](figures.Effort(Random(20261121), quick=True))

    assert missed == []
