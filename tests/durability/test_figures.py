"""The figures of what is stored, tried a little; `figures.py` proves them."""

from random import Random

import pytest
from durability import figures
from durability.asking import REQUESTS
from durability.interfering import Interference
from durability.kernels import Host, Trial, hindered, prepared

pytestmark = [pytest.mark.requirement("ker.git"), pytest.mark.requirement("ker.store")]


@pytest.mark.parametrize("name", ["D1", "D2", "D3", "D4"])
def test_a_figure_of_what_is_stored_is_reached(name):
    _, missed = figures.FIGURES[name](figures.Effort(Random(20261121), quick=True))

    assert missed == []


@pytest.mark.parametrize("request_", ["create a panel", "restore a panel", "delete a panel"])
def test_what_git_has_and_the_database_refuses_is_taken_back(request_, tmp_path):
    with Host() as host:
        tokens = prepared(host, tmp_path)
        trial = Trial(host, REQUESTS[request_], tmp_path, tokens)
        outcome, missed = hindered(trial, Interference(("fdatasync",), 1, "EIO"))

    assert (outcome, missed) == ("refused", [])
