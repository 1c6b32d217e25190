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


def test_a_killed_worker_costs_its_execution_one_error_and_other_panels_nothing():
    back, served, wrong = asyncio.run(figures.killed_workers(1, 0))

    assert (len(back), served > 0, wrong) == (1, True, [])
