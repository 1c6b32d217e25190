"""A few thousand random sources; `parser.py` beside this file tries as many as one likes."""

from random import Random

import pytest
from fuzz.cases import broken, generate

CASES = 3000


@pytest.mark.requirement("lang.parser")
@pytest.mark.requirement("lang.printer")
def test_every_random_source_gives_a_result_with_findings_in_their_places():
    random = Random(20261121)
    sources = (generate(random) for _ in range(CASES))
    told = ((broken(source), source) for source in sources)
    assert [each for each in told if each[0] is not None] == []
