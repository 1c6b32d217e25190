"""Of a long state only what is looked at is parsed; nobody can tell."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core.changes import apply_ops
from nexus_core.sandbox import Job, Sandbox, ToolSource, bridge
from nexus_protocol.capabilities import Grant
from nexus_protocol.patches import Add, Move, PatchOp, Remove, Replace

pytestmark = pytest.mark.requirement("run.state")

TRICKY = st.text(st.sampled_from('a"\\[]{},:é😀\n')) | st.sampled_from(["\\", '\\"', "]", "a\\\\"])
LEAVES = st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | TRICKY
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TRICKY, inner, max_size=4)
)
ROWS = [
    {"id": n, "name": f"row {n} ]}}", "tags": [n, {"n": n}], "note": "x" * 40} for n in range(99)
]
STATE = {"rows": ROWS, "deep": {"lists": [ROWS, [], {}], "": 1}}


@pytest.fixture(scope="module")
def guests():
    sandbox = Sandbox(threads=1)
    yield sandbox
    sandbox.close()


def run(sandbox, code, state=STATE):
    tool = ToolSource(name="tool", code=code)
    segment = sandbox.open(Job(tool=tool, state=state, grant=Grant.everything())).start()
    assert segment.error is None, segment.error
    return segment


@given(VALUES)
@settings(max_examples=200, deadline=None)
def test_every_value_is_read_as_it_is_however_little_is_parsed_at_once(guests, value):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bridge, "_WHOLE_BYTES", 1)
        seen = run(guests, "return [$state.v, JSON.parse(JSON.stringify($state.v))]", {"v": value})

    assert seen.value == [value, value]


@pytest.mark.parametrize(
    ("code", "ops"),
    [
        ("$state.rows[50].tags[1].n = 0", [Replace(path="/rows/50/tags/1/n", value=0)]),
        ("$state.rows.find(r => r.id === 7).id = -7", [Replace(path="/rows/7/id", value=-7)]),
        ("$state.rows.push(1)", [Add(path="/rows/99", value=1)]),
        ("$state.rows.shift()", [Remove(path="/rows/0")]),
        ("$state.rows.splice(3, 1)", [Remove(path="/rows/3")]),
        ("$state.rows = $state.rows.filter(r => r.id !== 4)", [Remove(path="/rows/4")]),
        (
            "$state.rows.unshift($state.rows.pop())",
            [Move.model_validate({"op": "move", "from": "/rows/98", "path": "/rows/0"})],
        ),
        ("$state.rows[0] = $state.rows[98]", [Replace(path="/rows/0", value=ROWS[98])]),
        ("$state.deep.lists[0][9].name = ''", [Replace(path="/deep/lists/0/9/name", value="")]),
        (
            "$state.deep.lists.length = 1",
            [Remove(path="/deep/lists/2"), Remove(path="/deep/lists/1")],
        ),
        ("$state.deep = {lists: $state.deep.lists, '': 1}", []),
        ("$state.rows.sort((a, b) => a.id - b.id)", []),
    ],
)
def test_a_change_in_a_long_state_is_as_small_as_in_a_short_one(guests, code, ops):
    found: list[list[PatchOp]] = []
    for whole_bytes in (1, bridge._WHOLE_BYTES, 1 << 30):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(bridge, "_WHOLE_BYTES", whole_bytes)
            found.append(list(run(guests, code).ops))

    assert found == [ops] * 3


def test_what_is_put_elsewhere_without_having_been_looked_at_arrives_whole(guests):
    code = "$state.copy = $state.deep; $state.other = {list: $state.deep.lists}; delete $state.rows"
    state = apply_ops(STATE, run(guests, code).ops)

    assert (state["copy"], state["other"]) == (STATE["deep"], {"list": STATE["deep"]["lists"]})


def test_no_number_of_a_handler_is_taken_for_what_is_not_parsed_yet(guests):
    code = """
      let refused = 0;
      for (let n = 0n; n < 20000n; n++) try { $state.rows[98] = n } catch { refused += 1 }
      return refused;
    """
    segment = run(guests, code)

    assert (segment.value, segment.ops) == (20_000, ())
