"""Handlers that wait for extensions, and what happens to the state meanwhile."""

import pytest

from nexus_core.sandbox import Reply
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode
from nexus_protocol.patches import Add, Remove, Replace

pytestmark = pytest.mark.requirement("run.suspend")

GRANT = Grant.of(["state:read", "state:write", "events:emit", "ext:x"])
EXT = {"aliases": frozenset({"x"}), "grant": GRANT}


def asked(segment):
    return [(r.id, r.alias, r.method, r.args) for r in segment.requests]


def test_a_call_suspends_with_what_was_asked(opened):
    segment = opened("await $ext.x.get('u', {a: [1]})", **EXT).start()

    assert segment.status == "waiting"
    assert asked(segment) == [(1, "x", "get", ("u", {"a": [1]}))]


def test_an_answer_becomes_the_value_of_the_await(opened):
    run = opened("return (await $ext.x.get()).n + 1", **EXT)
    run.start()

    assert run.resume([Reply(id=1, value={"n": 41})]).value == 42


def test_calls_at_once_are_asked_at_once_and_answered_in_any_order(opened):
    run = opened("return Promise.all([$ext.x.a(), $ext.x.b(), $ext.x.c()])", **EXT)
    first = run.start()
    second = run.resume([Reply(id=3, value="c"), Reply(id=1, value="a")])

    assert [r.method for r in first.requests] == ["a", "b", "c"]
    assert (second.status, second.requests) == ("waiting", ())
    assert run.resume([Reply(id=2, value="b")]).value == ["a", "b", "c"]


def test_each_segment_tells_only_what_is_new(opened):
    code = (
        "$state.n = 1; $emit('a'); $log('a'); await $ext.x.y(); $state.n = 2; $emit('b'); $log('b')"
    )
    run = opened(code, state={"n": 0}, **EXT)
    first, second = run.start(), run.resume([Reply(id=1)])

    assert [op.value for op in first.ops] == [1]
    assert [op.value for op in second.ops] == [2]
    assert [e.name for s in (first, second) for e in s.events] == ["a", "b"]
    assert [line.message for s in (first, second) for line in s.logs] == ["a", "b"]


@pytest.mark.parametrize(("told", "seen"), [(2.5, 2.5), (None, "nothing")])
def test_a_refused_call_tells_when_to_try_again_where_that_is_known(opened, told, seen):
    code = """
      try { await $ext.x.y() } catch (e) { return "retryAfter" in e ? e.retryAfter : "nothing" }
    """
    run = opened(code, **EXT)
    run.start()

    reply = Reply(id=1, error=("RATE_LIMITED", "no"), retry_after=told)
    assert run.resume([reply]).value == seen


def test_a_refused_call_is_an_error_with_its_code(opened):
    run = opened("try { await $ext.x.y() } catch (e) { return [e.code, e.message] }", **EXT)
    run.start()

    assert run.resume([Reply(id=1, error=("RATE_LIMIT", "slow down"))]).value == [
        "RATE_LIMIT",
        "slow down",
    ]


@pytest.mark.parametrize(
    ("given", "told"), [("METHOD_NOT_FOUND", "METHOD_NOT_FOUND"), ("RATE_LIMIT", "EXTENSION_ERROR")]
)
def test_a_refused_call_that_is_not_caught_fails_under_a_known_code(opened, given, told):
    run = opened("await $ext.x.y()", **EXT)
    run.start()

    assert run.resume([Reply(id=1, error=(given, "no"))]).error.code == told


def test_a_code_that_a_handler_made_up_is_not_believed(executed):
    code = "const e = new Error('x'); e.code = 'PERMISSION_DENIED'; throw e"

    assert executed(code).error.code is ErrorCode.EXECUTION_ERROR


@pytest.mark.parametrize(
    "code",
    [
        "await new Promise(() => {})",
        "await $ext.x.y(); await new Promise(() => {})",
    ],
)
def test_waiting_for_what_nobody_will_resolve_fails_at_once(opened, code):
    run = opened(code, **EXT)
    segment = run.start()
    if segment.status == "waiting":
        segment = run.resume([Reply(id=1)])

    assert segment.error.code is ErrorCode.EXECUTION_ERROR
    assert "nothing will resolve" in segment.error.message


def test_a_call_that_is_not_awaited_is_dropped_and_said_to_be(opened):
    segment = opened("$ext.x.y(); return 1", **EXT).start()

    assert (segment.value, segment.requests) == (1, ())
    assert [(line.level, line.message) for line in segment.logs] == [
        ("warn", "$ext.x.y was called without await and is dropped")
    ]


def test_what_others_changed_is_there_after_the_wait(opened):
    run = opened("await $ext.x.y(); return $state.n", state={"n": 1}, **EXT)
    run.start()

    assert run.resume([Reply(id=1)], [Replace(path="/n", value=7)]).value == 7


def test_a_reference_to_a_row_stays_live_when_others_insert_before_it(opened):
    code = (
        "const row = $state.rows[1]; await $ext.x.y(); row.n = 5; return $state.rows.map(r => r.n)"
    )
    run = opened(code, state={"rows": [{"n": 0}, {"n": 1}]}, **EXT)
    run.start()

    foreign = [Add(path="/rows/0", value={"n": 9}), Replace(path="/rows/1/n", value=8)]
    segment = run.resume([Reply(id=1)], foreign)

    assert segment.value == [9, 8, 5]
    assert [(op.op, op.path) for op in segment.ops] == [("replace", "/rows/2/n")]


def test_a_change_to_a_row_that_others_removed_goes_nowhere(opened):
    code = "const row = $state.rows[0]; await $ext.x.y(); row.n = 5"
    run = opened(code, state={"rows": [{"n": 0}]}, **EXT)
    run.start()

    assert run.resume([Reply(id=1)], [Remove(path="/rows/0")]).ops == ()


def test_a_resumed_segment_that_fails_reports_none_of_its_operations(opened):
    run = opened("$state.n = 1; await $ext.x.y(); $state.n = 2; null.x", state={"n": 0}, **EXT)

    assert len(run.start().ops) == 1
    assert run.resume([Reply(id=1)]).ops == ()


def test_answers_to_nothing_are_ignored(opened):
    run = opened("return await $ext.x.y()", **EXT)
    run.start()

    assert run.resume([Reply(id=99, value=1), Reply(id=1, value=2)]).value == 2


def test_the_clock_moves_when_it_is_told_to(opened):
    run = opened("const a = Date.now(); await $ext.x.y(); return Date.now() - a", **EXT)
    run.start()

    assert run.resume([Reply(id=1)], now=1_700_000_001.5).value == 1500


def test_a_large_answer_gets_in(opened):
    run = opened("return (await $ext.x.y()).length", **EXT)
    run.start()

    assert run.resume([Reply(id=1, value="x" * 1_000_000)]).value == 1_000_000


def test_a_finished_run_cannot_be_resumed(opened):
    run = opened("return 1")
    run.start()

    with pytest.raises(RuntimeError):
        run.resume([])


def test_metrics_add_up_over_the_segments(opened):
    run = opened("await $ext.x.a(); await $ext.x.b()", **EXT)
    segments = [run.start(), run.resume([Reply(id=1)]), run.resume([Reply(id=2)])]

    assert [s.metrics.segments for s in segments] == [1, 2, 3]
    assert [s.metrics.requests for s in segments] == [1, 2, 2]
    assert segments[0].metrics.compute_ms <= segments[2].metrics.compute_ms
