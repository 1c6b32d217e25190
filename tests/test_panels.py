"""The sample panels do what they say: the tests that they carry hold."""

from pathlib import Path

import pytest

from nexus_core import run_tests

SOURCES = {
    path.stem: path.read_text(encoding="utf-8")
    for path in sorted((Path(__file__).parent / "panels").glob("*.nxml"))
}


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.requirement("lang.tests")
async def test_the_tests_of_a_sample_panel_hold(name: str):
    outcomes = await run_tests(SOURCES[name])
    assert [each for each in outcomes if not each.ok] == []


@pytest.mark.parametrize("name", ["notes", "tasks"])
@pytest.mark.requirement("lang.tests")
async def test_a_sample_panel_carries_tests(name: str):
    assert len(await run_tests(SOURCES[name])) >= 2
