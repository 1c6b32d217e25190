"""Reading twice as much takes about twice the calls, whatever the shape; `linear.py` measures time.

Calls of functions are the same on every machine and on every run. Work inside one call, such as
that of a regular expression, is not seen here.
"""

import sys

import pytest
from fuzz.shapes import SHAPES

from nexus_core.parser import parse
from nexus_core.parser.expressions import analyse
from nexus_core.parser.handlers import analyse_handler

SMALL = 8 << 10
MOST = 2.6


def calls(source: str) -> int:
    """How many functions parsing calls, those written in C included."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    analyse.cache_clear()
    analyse_handler.cache_clear()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        parse(source)
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.requirement("lang.parser")
def test_twice_the_source_takes_about_twice_the_calls(name: str):
    make = SHAPES[name].make
    assert calls(make(2 * SMALL)) / calls(make(SMALL)) <= MOST
