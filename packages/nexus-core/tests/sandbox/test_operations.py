"""What a change of the state costs on the wire."""

import json

import pytest

pytestmark = pytest.mark.requirement("run.changes")

ROWS = [{"id": i, "text": f"row {i}", "done": False} for i in range(300)]


def wire(ops):
    return [json.loads(op.to_json()) for op in ops]


def test_one_field_of_one_row_is_one_small_operation(executed):
    segment = executed("$state.rows[250].done = true", state={"rows": ROWS})

    assert wire(segment.ops) == [{"op": "replace", "path": "/rows/250/done", "value": True}]
    assert len(segment.ops[0].to_json()) < 120


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("$state.rows.push({id: 900})", [("add", "/rows/300")]),
        ("$state.rows.unshift({id: 900})", [("add", "/rows/0")]),
        ("$state.rows.splice(7, 0, {id: 900})", [("add", "/rows/7")]),
        ("$state.rows = [...$state.rows, {id: 900}]", [("add", "/rows/300")]),
        ("$state.rows.pop()", [("remove", "/rows/299")]),
        ("$state.rows.shift()", [("remove", "/rows/0")]),
        ("$state.rows.splice(7, 1)", [("remove", "/rows/7")]),
        ("$state.rows.splice(7, 2)", [("remove", "/rows/8"), ("remove", "/rows/7")]),
        ("$state.rows = $state.rows.filter(r => r.id !== 7)", [("remove", "/rows/7")]),
        (
            "$state.rows = $state.rows.map(r => r.id === 7 ? {...r, done: true} : r)",
            [("replace", "/rows/7/done")],
        ),
        (
            "$state.rows.splice(10, 0, ...$state.rows.splice(200, 1))",
            [("move", "/rows/10")],
        ),
        ("$state.rows.push($state.rows.shift())", [("move", "/rows/299")]),
        ("$state.rows.sort((a, b) => b.id - a.id)", [("replace", "/rows")]),
        ("$state.rows.sort((a, b) => a.id - b.id)", []),
        ("$state.rows[3].done = true; $state.rows[3].done = false", []),
        ("$state.rows = []", [("replace", "/rows")]),
        ("$state.more = 1", [("add", "/more")]),
        ("delete $state.rows", [("remove", "/rows")]),
        ("$state.rows = undefined", [("replace", "/rows")]),
    ],
)
def test_a_change_of_a_list_is_as_large_as_what_changed(executed, code, expected):
    segment = executed(code, state={"rows": ROWS})

    assert segment.error is None
    assert [(op.op, op.path) for op in segment.ops] == expected


def test_assigning_one_part_of_the_state_to_another_copies_it(executed):
    code = "$state.b = $state.a; $state.b.n = 2; return [$state.a.n, $state.b.n]"

    assert executed(code, state={"a": {"n": 1}}).value == [1, 2]


def test_a_value_keeps_the_content_it_had_when_it_was_assigned(executed):
    code = "const x = {n: 1}; $state.a = x; x.n = 2; return $state.a.n"

    assert executed(code, state={}).value == 1


def test_a_reference_to_a_row_survives_sorting(executed):
    code = "const row = $state.rows[0]; $state.rows.reverse(); row.done = true"

    segment = executed(code, state={"rows": ROWS[:3]})

    assert segment.error is None
    assert (
        executed(
            "const row = $state.rows[0]; $state.rows.reverse(); row.done = true;"
            "return $state.rows[2].done",
            state={"rows": ROWS[:3]},
        ).value
        is True
    )


def test_a_failed_handler_reports_no_operations(executed):
    segment = executed("$state.n = 2; $emit('x', 1); throw new Error('no')", state={"n": 1})

    assert (segment.ops, segment.events, segment.status) == ((), (), "failed")


def test_names_are_escaped_in_pointers(executed):
    segment = executed("$state.a['x/y~z'] = 1", state={"a": {}})

    assert segment.ops[0].path == "/a/x~1y~0z"
