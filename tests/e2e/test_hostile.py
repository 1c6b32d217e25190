"""Hostile panels in a real browser, tried a little; `figures.py` proves R1 and R2."""

from collections.abc import Iterator
from random import Random

import pytest
from playwright.sync_api import Browser
from security import renderer
from serving import Kernel

pytestmark = pytest.mark.requirement("ui.renderer")


@pytest.fixture(scope="module")
def kernel(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kernel]:
    with renderer.served(tmp_path_factory.mktemp("attacks")) as running:
        yield running


def test_nothing_hostile_runs_loads_or_leads_away_and_it_would_in_a_naive_renderer(
    browser: Browser, kernel: Kernel
):
    _, missed = renderer.r1(browser, kernel, Random(20261121), quick=True)

    assert missed == []


def test_trees_that_are_far_too_much_are_an_error_card_under_the_served_policy(
    browser: Browser, kernel: Kernel
):
    _, missed = renderer.r2(browser, kernel, quick=True)

    assert missed == []
