"""The figures of the wire that do not measure time, tried a little; `figures.py` proves them."""

import asyncio
from random import Random

import pytest
from chaos import figures

pytestmark = pytest.mark.requirement("ker.ws")


@pytest.mark.parametrize("name", ["W1", "W3", "W6"])
def test_a_figure_of_the_wire_is_reached(name):
    _, missed = asyncio.run(figures.FIGURES[name](figures.Effort(Random(20261121))))

    assert missed == []
