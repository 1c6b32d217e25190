"""Change sets: what applying and inverting them gives."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core.changes import PatchConflictError, apply_ops, coalesce, invert_ops
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace

STATE = {"count": 1, "todos": [{"id": 1, "done": False}, {"id": 2, "done": True}], "a/b": {"~": 0}}

NAMES = st.sampled_from(["a", "b", "c/d", "~e"])
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.text("xyz", max_size=2),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
STATES = st.dictionaries(NAMES, VALUES, max_size=4)


def pointers(value, path=""):
    """Yield the pointer of every value inside, with the length of the list it stands in."""
    match value:
        case dict():
            for key, each in value.items():
                here = f"{path}/{key.replace('~', '~0').replace('/', '~1')}"
                yield here, None
                yield from pointers(each, here)
        case list():
            for position, each in enumerate(value):
                yield f"{path}/{position}", len(value)
                yield from pointers(each, f"{path}/{position}")


@st.composite
def state_and_ops(draw):
    """Draw a state and operations that fit it one after the other."""
    state = draw(STATES)
    now, ops = state, []
    for _ in range(draw(st.integers(0, 6))):
        op = draw(fitting_op(now))
        ops.append(op)
        now = apply_ops(now, [op])
    return state, ops


@st.composite
def fitting_op(draw, state) -> PatchOp:
    places = list(pointers(state))
    value = draw(VALUES)
    if not places or draw(st.booleans()):
        return Add(path=f"/{draw(st.sampled_from(['new', 'a']))}", value=value)
    path, length = draw(st.sampled_from(places))
    kinds = [Add(path=path, value=value), Replace(path=path, value=value), Remove(path=path)]
    if length is not None:
        parent = path.rpartition("/")[0]
        kinds.append(Add(path=f"{parent}/-", value=value))
        kinds.append(Move(from_=path, path=f"{parent}/{draw(st.integers(0, length - 1))}"))
    return draw(st.sampled_from(kinds))


@pytest.mark.requirement("run.changes")
@given(state_and_ops())
def test_the_inverse_of_a_change_set_gives_the_old_state_back(case):
    state, ops = case
    assert apply_ops(apply_ops(state, ops), invert_ops(state, ops)) == state


@pytest.mark.requirement("run.changes")
@given(state_and_ops())
def test_coalesced_operations_lead_to_the_same_state(case):
    state, ops = case
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
