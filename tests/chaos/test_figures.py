"""The figures of the wire that do not measure time, tried a little; `figures.py` proves them."""

import asyncio
import json
from random import Random

import pytest
from chaos import abuse, figures

pytestmark = pytest.mark.requirement("ker.ws")


@pytest.mark.parametrize("name", ["W1", "W3", "W6"])
def test_a_figure_of_the_wire_is_reached(name):
    _, missed = asyncio.run(figures.FIGURES[name](figures.Effort(Random(20261121))))

    assert missed == []


def test_every_case_of_abuse_has_a_driver():
    cases = {each["id"] for each in json.loads(abuse.CORPUS.read_text())["cases"]}
    assert cases == abuse.DRIVERS.keys()
