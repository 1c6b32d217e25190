"""Owners take turns; nothing here knows of threads or time."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.sandbox.turns import Turns

pytestmark = pytest.mark.requirement("run.pool")


def taken(turns, count):
    """Take so much, giving each place back at once."""
    order = []
    for _ in range(count):
        owner, work = turns.take()
        order.append(work)
        turns.done(owner)
    return order


def test_who_starts_a_hundred_executions_does_not_keep_others_waiting():
    turns = Turns(share=3)
    for number in range(100):
        turns.add("busy", f"busy {number}")
    turns.add("calm", "calm 0")
    turns.add("calm", "calm 1")

    assert taken(turns, 5) == ["busy 0", "calm 0", "busy 1", "calm 1", "busy 2"]


def test_nobody_has_more_places_than_his_share():
    turns = Turns(share=2)
    for number in range(4):
        turns.add("busy", number)

    first, second, third = turns.take(), turns.take(), turns.take()
    turns.add("calm", 9)
    calm = turns.take()
    turns.done("busy")

    assert (first, second, third) == (("busy", 0), ("busy", 1), None)
    assert (calm, turns.take()) == (("calm", 9), ("busy", 2))


@pytest.mark.parametrize("share", [1, 2, 5])
@given(work=st.lists(st.tuples(st.sampled_from("abc"), st.booleans())))
def test_all_work_comes_once_and_each_owner_s_in_its_order(share, work):
    turns: Turns[int] = Turns(share)
    came: dict[str, list[int]] = {"a": [], "b": [], "c": []}
    given_to = {owner: [] for owner in came}
    for number, (owner, take) in enumerate(work):
        turns.add(owner, number)
        given_to[owner].append(number)
        if take and (turn := turns.take()) is not None:
            came[turn[0]].append(turn[1])
            turns.done(turn[0])
    while (turn := turns.take()) is not None:
        came[turn[0]].append(turn[1])
        turns.done(turn[0])

    assert (came, len(turns)) == (given_to, 0)
