"""Reading twice as much takes about twice the calls, whatever the shape; `linear.py` measures time.

Calls of functions are the same on every machine, but for broken code: the grammar gives that up
after some processor time, of which a busy machine wants more. So a pair that misses is counted
again. Work inside one call, such as that of a regular expression, is not seen here.
"""

import sys
from collections.abc import Callable

import pytest
from fuzz.shapes import SHAPES

from nexus_core.parser import StreamingParser, parse
from nexus_core.parser.javascript.expressions import analyse
from nexus_core.parser.javascript.handlers import analyse_handler

SMALL = 8 << 10
MOST = 2.6
ATTEMPTS = 4


def calls(work: Callable[[str], object], source: str) -> int:
    """How many functions reading a source calls, those written in C included."""
    count = 0

    def note(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    analyse.cache_clear()
    analyse_handler.cache_clear()
    before = sys.getprofile()
    sys.setprofile(note)
    try:
        work(source)
    finally:
        sys.setprofile(before)
    return count


def growth(work: Callable[[str], object], make: Callable[[int], str]) -> float:
    """How many times as many calls twice the source takes."""
    least = float("inf")
    for _ in range(ATTEMPTS):
        least = min(least, calls(work, make(2 * SMALL)) / calls(work, make(SMALL)))
        if least <= MOST:
            break
    return least


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.requirement("lang.parser")
def test_twice_the_source_takes_about_twice_the_calls(name: str):
    assert growth(parse, SHAPES[name].make) <= MOST


def in_chunks(source: str) -> None:
    parser = StreamingParser()
    for place in range(0, len(source), 20):
        parser.feed(source[place : place + 20])
    parser.finish()


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.requirement("lang.streaming")
def test_twice_the_source_in_chunks_takes_about_twice_the_calls(name: str):
    assert growth(in_chunks, SHAPES[name].make) <= MOST
