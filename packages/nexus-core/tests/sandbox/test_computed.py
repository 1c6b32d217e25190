"""Computed values, in handlers and by themselves."""

import pytest

from nexus_protocol.errors import ErrorCode, ExecutionError

pytestmark = pytest.mark.requirement("run.state")


def test_a_computed_value_is_read_through_the_state(executed):
    computed = {"sum": "$state.a + $state.b", "double": "$state.sum * 2"}
    code = "const before = $state.double; $state.a = 10; return [before, $state.double]"

    assert executed(code, state={"a": 1, "b": 2}, computed=computed).value == [6, 24]


@pytest.mark.parametrize(
    "code",
    ["$state.sum = 1", "delete $state.sum", "$state.list.push(1)", "$state.list[0].n = 1"],
)
def test_a_computed_value_cannot_be_written(executed, code):
    computed = {"sum": "1", "list": "$state.items.filter(i => i.n)"}
    segment = executed(code, state={"items": [{"n": 1}]}, computed=computed)

    assert segment.error.code is ErrorCode.EXECUTION_ERROR
    assert "TypeError" in segment.error.message


def test_a_computed_value_must_not_change_the_state(executed):
    segment = executed("return $state.bad", state={"a": []}, computed={"bad": "$state.a.push(1)"})

    assert "must not change" in segment.error.message


def test_computed_values_are_not_part_of_the_stored_state(executed):
    segment = executed("return Object.keys($state)", state={"a": 1}, computed={"b": "1"})

    assert segment.value == ["a"]


async def test_computed_values_are_evaluated_by_themselves(sandbox):
    expressions = {"a": "$state.n * 2", "b": "$state.a + 1", "c": "({x: [$state.b]})"}

    assert await sandbox.evaluate(expressions, {"n": 4}) == {"a": 8, "b": 9, "c": {"x": [9]}}


async def test_a_cycle_is_an_error_that_names_it(sandbox):
    results = await sandbox.evaluate({"a": "$state.b", "b": "$state.a", "c": "1"}, {})

    assert results["c"] == 1
    assert isinstance(results["a"], ExecutionError)
    assert results["a"].message == "computed values form a cycle: a → b → a"


@pytest.mark.parametrize(
    ("expression", "code"),
    [
        ("$state.x.y", ErrorCode.EXECUTION_ERROR),
        ("1 +", ErrorCode.COMPILATION_ERROR),
        ("0 / 0", ErrorCode.SERIALIZATION_ERROR),
        ("new Map()", ErrorCode.SERIALIZATION_ERROR),
    ],
)
async def test_one_that_fails_leaves_the_others_alone(sandbox, expression, code):
    results = await sandbox.evaluate({"bad": expression, "good": "1"}, {})

    assert (results["bad"].code, results["good"]) == (code, 1)


async def test_one_that_does_not_end_fails_all(sandbox):
    from nexus_core.sandbox import Limits

    expressions = {"a": "(() => { for (;;); })()", "b": "1"}
    results = await sandbox.evaluate(expressions, {}, Limits(timeout_ms=50))

    assert {result.code for result in results.values()} == {ErrorCode.TIMEOUT}


DRAW = {"draw": "({ n: $state.n, rows: $state.rows.length, r: Math.random() }).r"}
INPUT = {"n": 1, "rows": [{"x": 1}, {"x": 2}], "other": {"deep": [1]}}


@pytest.mark.parametrize(
    "code",
    [
        "$state.other.deep.push(2)",
        "$state.other = 1",
        "$state.more = 1",
        "delete $state.other",
        "$state.n = 1",
        "const row = $state.rows[0]; row.x",
    ],
)
def test_a_handler_reads_the_same_value_while_nothing_it_follows_from_changes(executed, code):
    handler = f"const before = $state.draw; {code}; return $state.draw === before"

    assert executed(handler, state=INPUT, computed=DRAW).value is True


@pytest.mark.parametrize(
    "code",
    [
        "$state.n += 1",
        "$state.rows[1].x = 3",
        "$state.rows[1].x = {}; $state.draw; $state.rows[1].x.y = 1",
        "$state.rows.push({x: 3})",
        "$state.rows = [...$state.rows]",
        "delete $state.n",
        "const [row] = $state.rows.splice(0, 1); $state.rows.push(row)",
    ],
)
def test_a_handler_reads_another_value_once_something_it_follows_from_changed(executed, code):
    handler = f"const before = $state.draw; {code}; return $state.draw !== before"

    assert executed(handler, state=INPUT, computed=DRAW).value is True


def test_one_that_follows_from_another_is_kept_when_the_other_came_to_the_same_value(executed):
    computed = {
        "many": "$state.rows.length > 1",
        "draw": "({ many: $state.many, r: Math.random() }).r",
    }
    code = """
    const before = $state.draw;
    $state.rows.push({});
    const kept = $state.draw === before;
    $state.rows = [];
    return [kept, $state.draw === before];
    """

    assert executed(code, state=INPUT, computed=computed).value == [True, False]


def test_one_that_looks_at_all_names_follows_from_everything(executed):
    computed = {"names": "Object.keys($state).join()", "has": "'more' in $state"}
    code = """
    const before = [$state.names, $state.has];
    $state.more = 1;
    return [...before, $state.names, $state.has];
    """

    assert executed(code, state={"n": 1}, computed=computed).value == [
        "n",
        False,
        "n,more",
        True,
    ]


def test_a_chain_of_failing_values_fails_in_time(executed):
    computed = {"c0": "$state.x.y", **{f"c{i}": f"$state.c{i - 1} + 1" for i in range(1, 20)}}
    code = """
    const tries = [];
    for (let i = 0; i < 3; i++) {
      try { $state.c19; } catch (error) { tries.push(error.name); }
      $state.n = i;
    }
    return tries;
    """

    assert executed(code, state={}, computed=computed).value == ["TypeError"] * 3


async def test_known_values_are_read_as_they_are_given_and_not_evaluated(sandbox):
    found = await sandbox.evaluate({"b": "$state.a.n + 1"}, {}, known={"a": {"n": 1}})

    assert found == {"b": 2}
