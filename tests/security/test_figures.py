"""The figures that do not measure time, tried a little; `figures.py` proves them."""

import asyncio
from random import Random

import pytest
from security import figures

pytestmark = pytest.mark.requirement("run.sandbox")


@pytest.mark.parametrize("name", ["S2", "S3", "S4", "S9"])
def test_a_figure_of_the_sandbox_is_reached(name):
    _, missed = asyncio.run(figures.FIGURES[name](figures.Effort(Random(20261121), quick=True)))

    assert missed == []
