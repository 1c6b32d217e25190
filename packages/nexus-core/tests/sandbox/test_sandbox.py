"""Executions through the event loop: whole, cancelled, many at once."""

import asyncio

import pytest

from nexus_core.sandbox import Event, Job, Limits, Sandbox, ToolSource
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.sandbox")


async def test_one_execution_without_a_panel(sandbox):
    outcome = await sandbox.run(
        "$state.n += $args.by; $emit('changed', $state.n); return 'ok'",
        state={"n": 1},
        args={"by": 2},
    )

    assert (outcome.ok, outcome.value, outcome.state) == (True, "ok", {"n": 3})
    assert outcome.events == (Event(name="changed", payload=3),)
    assert outcome.metrics.segments == 1


async def test_extension_calls_are_made_by_the_caller(sandbox):
    async def call(request):
        if request.method == "fail":
            raise OSError("no network")
        return [request.alias, request.method, *request.args]

    code = """
    const [a] = await Promise.all([$ext.http.get('u'), $ext.http.get('v')]);
    $state.a = a;
    try { await $ext.http.fail() } catch (e) { return [e.code, e.message] }
    """
    outcome = await sandbox.run(code, capabilities=["ext:http", "state:write"], call=call)

    assert outcome.value == ["EXTENSION_ERROR", "no network"]
    assert outcome.state == {"a": ["http", "get", "u"]}


async def test_without_a_caller_extensions_are_not_found(sandbox):
    outcome = await sandbox.run("await $ext.http.get()", capabilities=["ext:http"])

    assert outcome.error.code is ErrorCode.EXTENSION_NOT_FOUND


async def test_without_capabilities_there_are_no_extensions(sandbox):
    assert (await sandbox.run("return Object.keys($ext)")).value == []


async def test_what_was_committed_before_a_failure_stays(sandbox):
    async def call(request):
        return None

    outcome = await sandbox.run(
        "$state.n = 1; await $ext.x.y(); $state.n = 2; null.x",
        state={"n": 0},
        capabilities=["state:write", "ext:x"],
        call=call,
    )

    assert (outcome.ok, outcome.state) == (False, {"n": 1})


async def test_the_state_that_was_given_is_not_changed(sandbox):
    state = {"list": [1]}

    await sandbox.run("$state.list.push(2)", state=state)

    assert state == {"list": [1]}


async def test_the_event_loop_runs_on_while_guests_compute(sandbox):
    beats = 0

    async def beat():
        nonlocal beats
        while True:
            await asyncio.sleep(0)
            beats += 1

    beating = asyncio.create_task(beat())
    hostile = [sandbox.run("for (;;);", limits=Limits(timeout_ms=100)) for _ in range(4)]
    outcomes = await asyncio.gather(*hostile)
    beating.cancel()

    assert {outcome.error.code for outcome in outcomes} == {ErrorCode.TIMEOUT}
    assert beats > 100


async def test_executions_at_once_do_not_mix(sandbox):
    codes = [f"let t = 0; for (let i = 0; i < 2000; i++) t += {n}; return t" for n in range(100)]

    outcomes = await asyncio.gather(*(sandbox.run(code) for code in codes))

    assert [outcome.value for outcome in outcomes] == [n * 2000 for n in range(100)]


async def test_who_is_cancelled_stops_the_guest(sandbox):
    job = Job(tool=ToolSource(name="t", code="for (;;);"), limits=Limits(timeout_ms=60_000))
    task = asyncio.create_task(sandbox.start(job))
    await settled(lambda: sandbox.running == 1)

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await settled(lambda: sandbox.running == 0)


async def settled(condition):
    """Let others run until something holds; pytest's own timeout is the only clock."""
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is watched is on another thread
            await asyncio.sleep(0)


async def test_a_cancelled_run_fails_as_cancelled(sandbox):
    grant = Grant.of(["ext:x"])
    job = Job(
        tool=ToolSource(name="t", code="await $ext.x.y()"), grant=grant, aliases=frozenset("x")
    )
    run, segment = await sandbox.start(job)

    run.cancel()
    ended = await sandbox.resume(run, ())

    assert (segment.status, ended.error.code) == ("waiting", ErrorCode.CANCELLED)


async def test_a_closed_sandbox_refuses_work():
    sandbox = Sandbox()
    await sandbox.run("return 1")
    sandbox.close()

    with pytest.raises(RuntimeError, match="closed"):
        await sandbox.run("return 1")


async def test_more_executions_than_there_is_room_for_are_refused_not_crashed():
    sandbox = Sandbox(instances=3)
    job = Job(
        tool=ToolSource(name="t", code="await $ext.x.y()"),
        grant=Grant.of(["ext:x"]),
        aliases=frozenset("x"),
    )
    runs = [sandbox.open(job) for _ in range(4)]
    segments = [run.start() for run in runs]
    for run in runs:
        run.close()
    again = await sandbox.run("return 1")
    sandbox.close()

    assert [each.status for each in segments] == ["waiting", "waiting", "waiting", "failed"]
    assert segments[3].error.code is ErrorCode.UNAVAILABLE
    assert again.value == 1


async def test_a_state_that_is_not_json_is_an_error_not_an_exception(sandbox):
    outcome = await sandbox.run("return 1", state={"a": "\ud800"})

    assert outcome.error.code is ErrorCode.SERIALIZATION_ERROR
