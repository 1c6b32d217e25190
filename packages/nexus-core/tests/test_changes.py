"""Change sets: what applying and inverting them gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.changes import PatchConflictError, apply_ops, coalesce, invert_ops
from nexus_core.testing.changes import changed_states
from nexus_protocol.patches import Add, Move, Remove, Replace

STATE = {"count": 1, "todos": [{"id": 1, "done": False}, {"id": 2, "done": True}], "a/b": {"~": 0}}


@pytest.mark.requirement("run.changes")
@given(changed_states())
def test_the_inverse_of_a_change_set_gives_the_old_state_back(case):
    state, (ops,) = case
    assert apply_ops(apply_ops(state, ops), invert_ops(state, ops)) == state


@pytest.mark.requirement("run.changes")
@given(changed_states())
def test_coalesced_operations_lead_to_the_same_state(case):
    state, (ops,) = case
    assert apply_ops(state, coalesce(ops)) == apply_ops(state, ops)


PLACES = st.sampled_from(["/a", "/a/b", "/a/b/c", "/d"])


@given(st.lists(st.tuples(PLACES, st.integers(0, 3)), max_size=12))
def test_coalesced_replacements_lead_to_the_same_state(writes):
    state = {"a": {"b": {"c": 0}}, "d": 0}
    whole = {"/a": {"b": {"c": 9}}, "/a/b": {"c": 9}}
    ops = [Replace(path=path, value=whole.get(path, value)) for path, value in writes]
    assert apply_ops(state, coalesce(ops)) == apply_ops(state, ops)


def test_a_replacement_that_is_replaced_is_left_out():
    ops = [Replace(path="/n", value=n) for n in range(5)]
    others = [Replace(path="/m", value=1), Add(path="/l/-", value=1)]
    assert coalesce([*ops, *others, ops[0]]) == (ops[4], *others, ops[0])


def test_operations_apply_in_order():
    ops = [
        Replace(path="/todos/0/done", value=True),
        Add(path="/todos/-", value={"id": 3}),
        Move(from_="/todos/2", path="/todos/0"),
        Remove(path="/todos/2"),
        Add(path="/a~1b/~0", value=7),
    ]
    assert apply_ops(STATE, ops) == {
        "count": 1,
        "todos": [{"id": 3}, {"id": 1, "done": True}],
        "a/b": {"~": 7},
    }


def test_what_an_operation_does_not_touch_is_shared_with_the_old_state():
    changed = apply_ops(STATE, [Replace(path="/todos/0/done", value=True)])
    assert changed["todos"][1] is STATE["todos"][1]
    assert STATE["todos"][0]["done"] is False


@pytest.mark.parametrize(
    "op",
    [
        Replace(path="/nothing", value=1),
        Remove(path="/todos/2"),
        Add(path="/todos/4", value=1),
        Add(path="/todos/01", value=1),
        Add(path="/count/deep", value=1),
        Add(path="", value={}),
        Replace(path="", value=[]),
        Remove(path="no-slash"),
        Move(from_="/todos/0", path="/count"),
        Move(from_="/count", path="/todos"),
        Move(from_="/todos/0", path="/todos/2"),
        Add(path="/todos/99999999999999999999", value=1),
    ],
    ids=str,
)
def test_an_operation_that_does_not_fit_is_refused_and_changes_nothing(op):
    before = repr(STATE)
    with pytest.raises(PatchConflictError):
        apply_ops(STATE, [Replace(path="/count", value=2), op])
    assert repr(STATE) == before


def test_the_whole_state_can_be_replaced():
    assert apply_ops(STATE, [Replace(path="", value={"x": 1}), Add(path="/y", value=2)]) == {
        "x": 1,
        "y": 2,
    }
