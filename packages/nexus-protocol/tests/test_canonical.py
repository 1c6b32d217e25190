"""One text and one hash for each state, the same as JavaScript's."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_protocol.canonical import canonical, state_hash

VECTORS = json.loads(
    (Path(__file__).parents[3] / "tests" / "conformance" / "hashes.json").read_text("utf-8")
)["cases"]

texts = st.text(st.characters(blacklist_categories=("Cs",)), max_size=8)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)
states = st.dictionaries(texts, values, max_size=4)


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize("case", VECTORS, ids=lambda case: case["id"])
def test_a_state_is_printed_and_hashed_as_javascript_does(case):
    state = json.loads(case["json"])
    assert (canonical(state), state_hash(state)) == (case["canonical"], case["hash"])


@given(states)
def test_what_is_printed_reads_as_the_same_state_and_prints_the_same(state):
    text = canonical(state)
    read = json.loads(text, parse_int=float)  # as JavaScript does
    assert read == state
    assert canonical(read) == text


@given(states, st.randoms())
def test_the_order_of_members_makes_no_difference(state, random):
    names = list(state)
    random.shuffle(names)
    assert state_hash({name: state[name] for name in names}) == state_hash(state)


@given(states)
def test_what_is_printed_at_once_is_printed_the_same_part_by_part(state):
    """A text with an emoji and a fraction makes the careful way necessary."""
    careful = canonical({"": ["\U0001f600", 0.5], "inner": state})
    assert careful == f'{{"":["\U0001f600",0.5],"inner":{canonical(state)}}}'
