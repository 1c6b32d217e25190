"""Every function of the host needs its capability, and the engine asks the host for nothing."""

import pytest
from security import matrix

from nexus_core.sandbox import Sandbox

pytestmark = pytest.mark.requirement("run.capabilities")


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.mark.parametrize("row", matrix.ROWS, ids=lambda row: row.name)
def test_a_function_of_the_host_does_what_is_granted_and_nothing_else(sandbox, row):
    assert matrix.amiss(row, matrix.verdicts(sandbox, row)) == []


def test_every_function_that_a_handler_is_given_has_a_row(sandbox):
    assert matrix.reachable(sandbox) == {row.name for row in matrix.ROWS}


def test_a_malformed_capability_grants_nothing():
    assert matrix.accepted() == []


def test_the_engine_imports_nothing():
    assert matrix.imports() == []
