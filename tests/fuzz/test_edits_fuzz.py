"""Some hundred random operations on random sources, most of them in vain."""

from random import Random

import pytest
from fuzz.edits import told

CASES = 1000


@pytest.mark.requirement("lang.printer")
def test_every_operation_on_every_source_gives_a_result_or_a_conflict():
    random = Random(20261121)
    assert [each for each in (told(random) for _ in range(CASES)) if each is not None] == []
