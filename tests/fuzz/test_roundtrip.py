"""Some hundred random panels; `roundtrip.py` beside this file tries as many as one likes."""

from random import Random

import pytest
from fuzz.cases import check_generated

from nexus_core.parser import parse
from nexus_core.testing.making import random_panel

CASES = 500


@pytest.mark.requirement("lang.printer")
def test_what_is_printed_of_the_tree_of_a_panel_is_read_as_the_same_tree():
    random = Random(20261121)
    for _ in range(CASES):
        result = parse(random_panel(random))
        assert result.ok
        check_generated(result)
