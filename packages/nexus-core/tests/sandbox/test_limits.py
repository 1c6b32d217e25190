"""Each limit stops what exceeds it, under its own name."""

import asyncio
import math
from dataclasses import fields, replace

import pytest

from nexus_core.sandbox import Job, Limits, Reply, Sandbox, ToolSource
from nexus_core.sandbox.limits import SMALLEST_STACK
from nexus_protocol.capabilities import Grant
from nexus_protocol.errors import ErrorCode

pytestmark = pytest.mark.requirement("run.limits")

EXT = {"aliases": frozenset({"x"}), "grant": Grant.of(["ext:x", "events:emit", "state:write"])}


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"events": 3}, "for (let i = 0; i < 4; i++) $emit('e', i)"),
        ({"logs": 3}, "for (let i = 0; i < 4; i++) $log(i)"),
        ({"log_bytes": 100}, "$log('x'.repeat(101))"),
        ({"ops": 3}, "for (let i = 0; i < 4; i++) $state['k' + i] = i"),
        ({"requests": 3}, "for (let i = 0; i < 4; i++) $ext.x.y(); await $ext.x.y()"),
        ({"pending": 3}, "await Promise.all([1, 2, 3, 4].map(i => $ext.x.y(i)))"),
        ({"result_bytes": 100}, "return 'x'.repeat(100)"),
        ({"source_bytes": 20}, "return 1 // and much more than that"),
        ({"output_bytes": 4000}, "$emit('e', 'x'.repeat(5000))"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_limit_is_an_error_that_names_it(opened, limit, code):
    segment = opened(code, limits=Limits(timeout_ms=2000, **limit), **EXT).start()

    assert segment.error.code is ErrorCode.RESOURCE_LIMIT
    assert next(iter(limit)) in segment.error.message
    assert (segment.ops, segment.events, segment.requests) == ((), (), ())


@pytest.mark.parametrize(
    "code",
    [
        "while (true) {}",
        "for (;;) { try { while (true) {} } catch {} finally { while (true) {} } }",
        "for (;;) await null",
        "const f = () => Promise.resolve().then(f); return f()",
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
        "return new Proxy({}, {ownKeys() { for (;;); }})",
        "$emit('e', {get x() { for (;;); }})",
        "throw {get message() { for (;;); }, toString() { for (;;); }}",
        "return {then(r) { for (;;); }}",
        "$state.x = new Proxy([], {get() { for (;;); }})",
    ],
)
def test_what_does_not_end_is_stopped(opened, code):
    segment = opened(code, limits=Limits(timeout_ms=50)).start()

    assert segment.error.code is ErrorCode.TIMEOUT


def test_a_stopped_handler_is_told_where_it_was(opened):
    code = "function spin() {\n  for (;;) Math.abs(1);\n}\nspin()"

    error = opened(code, limits=Limits(timeout_ms=50)).start().error

    assert error.loc.line == 2
    assert error.stack.startswith("at spin (tool:2:")


@pytest.mark.parametrize(
    "code",
    [
        "while (true) {}",
        "for (;;) await null",
        "Array.prototype.indexOf.call({length: 2 ** 53 - 1}, 1)",
        "return /^(a+)+$/.test('a'.repeat(40) + 'b')",
    ],
)
def test_processor_time_has_a_limit_of_its_own(opened, code):
    segment = opened(code, limits=Limits(timeout_ms=20_000, cpu_ms=50)).start()

    assert segment.error.code is ErrorCode.CPU_LIMIT
    assert "50 ms of processor time" in segment.error.message
    assert segment.metrics.compute_ms < 10_000


def test_processor_time_is_counted_over_all_segments(opened):
    code = "for (;;) { await $ext.x.y(); for (let i = 0; i < 1e5; i++); }"
    run = opened(code, **EXT, limits=Limits(timeout_ms=20_000, cpu_ms=60, requests=10**6))

    segment = run.start()
    while segment.status == "waiting":
        segment = run.resume([Reply(id=segment.requests[0].id)])

    assert segment.error.code is ErrorCode.CPU_LIMIT
    assert segment.metrics.segments > 2


async def test_who_waits_longer_than_the_wall_time_allows_is_told_so(sandbox):
    async def never(_):
        await asyncio.Event().wait()

    outcome = await sandbox.run(
        "await $ext.x.y()", capabilities=["ext:x"], call=never, limits=Limits(wall_ms=20)
    )

    assert outcome.error.code is ErrorCode.TIMEOUT
    assert "20 ms, waiting included" in outcome.error.message


async def test_waiting_does_not_count_as_running(sandbox):
    async def soon(_):
        await asyncio.sleep(0.05)

    limits = Limits(timeout_ms=40, cpu_ms=40)
    outcome = await sandbox.run(
        "await $ext.x.y(); return 1", capabilities=["ext:x"], call=soon, limits=limits
    )

    assert (outcome.value, outcome.error) == (1, None)


@pytest.mark.parametrize(
    ("limit", "does"),
    [("ops", "$state.n += 1"), ("events", "$emit('e')"), ("events", "$view.focus('v')")],
)
def test_what_an_execution_does_is_counted_over_all_segments(opened, limit, does):
    code = f"for (;;) {{ {does}; await $ext.x.y() }}"
    grant = Grant.everything() | EXT["grant"]
    limits = Limits(timeout_ms=2000, **{limit: 3})
    run = opened(code, state={"n": 0}, aliases=EXT["aliases"], grant=grant, limits=limits)

    segment = run.start()
    while segment.status == "waiting":
        segment = run.resume([Reply(id=segment.requests[0].id)])

    assert segment.error.code is ErrorCode.RESOURCE_LIMIT
    assert f"the limit {limit} allows" in segment.error.message
    assert segment.metrics.segments == 4


def test_source_is_measured_in_bytes(opened):
    limits = Limits(timeout_ms=2000, source_bytes=40)

    assert opened(f"return '{'a' * 30}'", limits=limits).start().error is None
    assert opened(f"return '{'é' * 30}'", limits=limits).start().error is not None


def test_no_call_passes_the_ceiling_of_the_operator():
    ceiling = Limits(timeout_ms=50, events=2)
    sandbox = Sandbox(ceiling=ceiling)
    generous = Limits(timeout_ms=60_000, events=1000, logs=3)

    run = sandbox.open(Job(tool=ToolSource(name="t", code="while (true) {}"), limits=generous))
    error = run.start().error
    sandbox.close()

    assert run.job.limits == replace(ceiling, logs=3)
    assert (error.code, "50 ms" in error.message) == (ErrorCode.TIMEOUT, True)


def test_computing_time_is_counted_over_all_segments(opened):
    code = "for (;;) { await $ext.x.y(); for (let i = 0; i < 1e5; i++); }"
    run = opened(code, **EXT, limits=Limits(timeout_ms=60, requests=10**6))

    segment = run.start()
    while segment.status == "waiting":
        segment = run.resume([Reply(id=segment.requests[0].id)])

    assert segment.error.code is ErrorCode.TIMEOUT
    assert segment.metrics.segments > 2


@pytest.mark.parametrize(
    "code",
    [
        "const a = []; for (;;) a.push(new Uint8Array(1 << 20))",
        "let s = 'x'; for (;;) s += s",
        "const a = []; for (;;) a.push({})",
        "let a = [1]; for (;;) a = [...a, ...a]",
        "let b = 2n; for (;;) b = b * b",
    ],
)
def test_memory_has_an_end(executed, code):
    assert executed(code).error.code is ErrorCode.MEMORY_LIMIT


def test_running_out_of_memory_can_be_caught(executed):
    code = "const a = []; try { for (;;) a.push(new Uint8Array(1 << 20)) } catch (e) { return 1 }"

    assert executed(code).value == 1


def test_memory_that_was_freed_is_used_again(executed):
    code = "let t = 0; for (let i = 0; i < 500; i++) t += new Uint8Array(1 << 20).length; return t"

    assert executed(code).value == 500 << 20


def test_a_text_can_grow_to_much_of_the_memory(executed):
    code = "let s = ''; while (s.length < 4e6) s += 'abcdefgh'; return s.length"

    assert executed(code).value == 4_000_000


@pytest.mark.parametrize(
    "body",
    [
        "function f() { f() } f()",
        "const o = {get x() { return this.x }}; o.x",
        "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
        "[3, 1, 2].sort(function f() { [1, 2].sort(f) })",
        "const o = {toString() { return '' + o }}; '' + o",
        "class A { constructor() { new A } } new A",
        "async function f() { await f() } await f()",
        "function* g() { yield* g() } [...g()]",
        "JSON.parse('[1]', function f() { return JSON.parse('[1]', f) })",
    ],
)
def test_recursion_is_a_range_error_that_can_be_caught(executed, body):
    code = f"try {{ {body} }} catch (e) {{ return e instanceof RangeError }}"

    assert executed(code).value is True


@pytest.mark.parametrize(
    "deep",
    [
        "JSON.parse('['.repeat(1e6))",
        "let o = []; for (let i = 0; i < 1e5; i++) o = [o]; JSON.stringify(o)",
        "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; a.flat(Infinity)",
    ],
)
def test_recursion_inside_the_engine_can_be_caught_too(executed, deep):
    code = f"try {{ {deep} }} catch (e) {{ return e instanceof RangeError }}"

    assert executed(code, limits=Limits(timeout_ms=30_000, cpu_ms=30_000)).value is True


def test_the_stack_is_as_deep_as_the_limit_allows(executed):
    code = "let n = 0; function f() { n++; f() } try { f() } catch { return n }"

    shallow = executed(code, limits=Limits(timeout_ms=2000, stack_bytes=64 * 1024)).value
    deep = executed(code, limits=Limits(timeout_ms=2000)).value

    assert 3.5 < deep / shallow < 4.5


def test_the_smallest_stack_is_enough_for_a_handler(executed):
    limits = Limits(timeout_ms=2000, stack_bytes=SMALLEST_STACK)
    code = "$state.list.push({id: 2}); $emit('e', [$state.list.length]); return $state.list"

    assert executed(code, state={"list": [{"id": 1}]}, limits=limits).value == [
        {"id": 1},
        {"id": 2},
    ]


@pytest.mark.parametrize(
    "code",
    ["function f() { f() } f()", "JSON.parse('['.repeat(1e6) + ']'.repeat(1e6))"],
)
def test_recursion_that_is_not_caught_is_a_stack_overflow(executed, code):
    assert executed(code).error.code is ErrorCode.STACK_OVERFLOW


@pytest.mark.parametrize("field", [field.name for field in fields(Limits)])
@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf])
def test_a_limit_of_nothing_or_without_end_is_refused(field, value):
    with pytest.raises(ValueError, match=field):
        Limits(**{field: value})


def test_hundreds_of_hostile_executions_leave_nothing_behind(opened):
    import psutil

    process = psutil.Process()

    def attack(count):
        for i in range(count):
            code = ["const a = []; for (;;) a.push([])", "function f() { f() } f()", "null.x"][
                i % 3
            ]
            opened(code, limits=Limits(timeout_ms=50)).start()
        return process.memory_info().rss

    before = attack(30)
    after = attack(150)

    assert after - before < 32 << 20
