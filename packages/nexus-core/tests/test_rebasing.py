"""Change sets carried over others: both orders come to the same state, or they collide."""

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from nexus_core.changes import apply_ops
from nexus_core.rebasing import CollisionError, rebase
from nexus_core.testing.changes import changed_states
from nexus_protocol.patches import Add, Move, Remove, Replace

pytestmark = pytest.mark.requirement("run.changes")


@settings(max_examples=1000, deadline=None)
@given(changed_states(sides=2))
def test_both_orders_come_to_the_same_state(case):
    state, (ours, theirs) = case
    try:
        ours_after, theirs_after = rebase(state, ours, theirs)
    except CollisionError:
        event("collision")
        return
    event("independent")
    assert apply_ops(apply_ops(state, theirs), ours_after) == apply_ops(
        apply_ops(state, ours), theirs_after
    )


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_both_orders_come_to_the_same_list(data):
    state = {"l": [[0], [1], [2], [3]]}
    ours, theirs = (data.draw(list_changes(state)) for _ in range(2))
    try:
        ours_after, theirs_after = rebase(state, ours, theirs)
    except CollisionError:
        event("collision")
        return
    event("independent")
    assert apply_ops(apply_ops(state, theirs), ours_after) == apply_ops(
        apply_ops(state, ours), theirs_after
    )


@st.composite
def list_changes(draw, state):
    """Draw operations on items of one list and inside of them."""
    now, ops = state, []
    for _ in range(draw(st.integers(1, 3))):
        length = len(now["l"])
        at, to = (draw(st.integers(0, max(length - 1, 0))) for _ in range(2))
        value = [draw(st.integers(10, 99))]
        kinds = [Add(path=f"/l/{at}", value=value), Add(path="/l/-", value=value)]
        if length:
            kinds += [
                Remove(path=f"/l/{at}"),
                Replace(path=f"/l/{at}", value=value),
                Replace(path=f"/l/{at}/0", value=value[0]),
                Move(from_=f"/l/{at}", path=f"/l/{to}"),
            ]
        ops.append(draw(st.sampled_from(kinds)))
        now = apply_ops(now, ops[-1:])
    return ops


ROWS = {"rows": [{"n": 0}, {"n": 1}, {"n": 2}, {"n": 3}], "other": {"list": [1]}, "n": 1}


@pytest.mark.parametrize(
    ("ours", "theirs", "after"),
    [
        (Replace(path="/rows/2/n", value=9), Remove(path="/rows/0"), "/rows/1/n"),
        (Replace(path="/rows/2/n", value=9), Add(path="/rows/0", value=9), "/rows/3/n"),
        (Replace(path="/rows/2/n", value=9), Add(path="/rows/-", value=9), "/rows/2/n"),
        (Replace(path="/rows/2/n", value=9), Move(from_="/rows/2", path="/rows/0"), "/rows/0/n"),
        (Replace(path="/rows/2/n", value=9), Add(path="/rows/2/m", value=1), "/rows/2/n"),
        (Remove(path="/rows/2"), Remove(path="/rows/1"), "/rows/1"),
        (Remove(path="/rows/2"), Move(from_="/rows/0", path="/rows/3"), "/rows/1"),
        (Add(path="/rows/2", value=9), Remove(path="/rows/2"), "/rows/2"),
        (Add(path="/rows/2", value=9), Add(path="/rows/2", value=8), "/rows/2"),
        (Add(path="/rows/-", value=9), Add(path="/rows/0", value=8), "/rows/5"),
        (Replace(path="/n", value=2), Replace(path="/rows", value=[]), "/n"),
    ],
)
def test_positions_follow_what_others_did(ours, theirs, after):
    (found,), _ = rebase(ROWS, [ours], [theirs])
    assert found == ours.model_copy(update={"path": after})


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (Replace(path="/n", value=2), Replace(path="/n", value=3)),
        (Remove(path="/n"), Replace(path="/n", value=3)),
        (Replace(path="/rows/1/n", value=2), Remove(path="/rows/1")),
        (Remove(path="/rows/1"), Replace(path="/rows/1/n", value=2)),
        (Remove(path="/rows/1"), Replace(path="/rows/1", value=2)),
        (Remove(path="/rows/1"), Remove(path="/rows/1")),
        (Replace(path="/rows", value=[]), Add(path="/rows/0", value=2)),
        (Remove(path="/other"), Add(path="/other/list/-", value=2)),
        (Remove(path="/rows/1"), Move(from_="/rows/1", path="/rows/0")),
        (Move(from_="/rows/1", path="/rows/0"), Move(from_="/rows/0", path="/rows/3")),
        (Add(path="/rows/1", value=1), Move(from_="/rows/0", path="/rows/3")),
        (Replace(path="", value={}), Replace(path="/n", value=2)),
    ],
)
def test_what_touches_the_same_place_collides(ours, theirs):
    for mine, other in ((ours, theirs), (theirs, ours)):
        with pytest.raises(CollisionError):
            rebase(ROWS, [mine], [other])
