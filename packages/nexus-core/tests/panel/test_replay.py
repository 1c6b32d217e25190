"""Executions recorded and run again: to the same result, or to where they differ."""

import asyncio
import json
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nexus_core import Limits, Panel, PanelError, Sandbox
from nexus_core.errors import InvalidPanelError
from nexus_core.extensions import CallContext, Extension, ExtensionError, TimerExtension, method
from nexus_core.journal import MemoryJournal
from nexus_core.notices import Waiting
from nexus_core.recording import RECORD_BYTES, Record, RecordError
from nexus_core.replaying import Divergence, replay
from nexus_core.suspension import InterruptedExecutionError, Suspended
from nexus_protocol import ErrorCode, ExecutionError, Json
from nexus_protocol.locations import Span

pytestmark = pytest.mark.requirement("run.replay")


class World(Extension):
    """An outside world that answers otherwise each time."""

    name: ClassVar[str] = "example.world"

    def __init__(self) -> None:
        self.answers = 0
        self.arrived = asyncio.Semaphore(0)

    @method(idempotent=True)
    async def read(self, context: CallContext, value: Json = None) -> Json:
        """Answer the value, and how often it was asked."""
        self.answers += 1
        return [value, self.answers]

    @method(idempotent=True)
    async def never(self, context: CallContext) -> Json:
        """Never answer."""
        self.arrived.release()
        return await asyncio.get_running_loop().create_future()

    @method()
    async def refuse(self, context: CallContext) -> Json:
        """Fail."""
        self.answers += 1
        raise ExtensionError(ErrorCode.CONFLICT, f"refused {self.answers}")


SOURCE = """<NexusPanel title="Recorded">
  <Data>
    <State name="n" type="number" default="1"/>
    <State name="rows" type="list" default='[{"n": 3}, {"n": 1}, {"n": 2}]'/>
    <State name="table" type="object" default='{"b": 1, "a": 2}'/>
    <State name="other" type="string" default="hidden"/>
    <Computed name="sum" value="{$state.rows.reduce((all, row) => all + row.n, 0)}"/>
  </Data>
  <Logic>
    <Extension name="example.world" alias="world"/>
    <Extension name="nexus.timer" alias="timer"/>
    <Tool name="work">
      <Arg name="by" type="number" default="2"/>
      <Handler><![CDATA[
CODE
      ]]></Handler>
    </Tool>
    <Tool name="add"><Handler>$state.n += 1; return $state.n;</Handler></Tool>
    <Tool name="insert"><Handler>$state.rows.unshift({ n: 9 });</Handler></Tool>
  </Logic>
  <View><Layout><Input id="field" bind="{$state.other}"/></Layout></View>
</NexusPanel>
"""
CODE_LINE = 1 + SOURCE[: SOURCE.index("CODE")].count("\n")

PROGRAMS = {
    "nothing": "",
    "a value": "return { a: [1, 2.5, null], b: 'ü𝄞' }",
    "a change": "$state.n += $args.by",
    "a change deep inside": "$state.rows[1].n = 7; $state.table.c = { d: 1 }",
    "a list moved about": "$state.rows.sort((a, b) => a.n - b.n); $state.rows.splice(1, 1)",
    "a removal": "delete $state.table.a",
    "computed": "return [$state.sum, ($state.rows.push({ n: 4 }), $state.sum)]",
    "events": "$emit('one', 1); $emit('two', { at: Date.now() })",
    "view commands": "$view.focus('field')",
    "logs": "$log('a', 1); $log.warn('b'); $log.error({ c: 1 })",
    "another tool": "return [await $tools.add(), await $tools.add()]",
    "the clock": "return [Date.now(), new Date().toISOString(), $time.now?.()]",
    "the clock over segments": "const a = Date.now(); await $ext.timer.sleep(3); "
    "return [a, Date.now()]",
    "random numbers": "return Array.from({ length: 20 }, Math.random)",
    "random numbers over segments": "const a = Math.random(); await $ext.world.read(a); "
    "return [a, Math.random(), crypto.randomUUID()]",
    "the order of members": "return { ...$state.table, z: 1, 2: 1, 1: 1 }",
    "a stable sort": "return Array.from({ length: 100 }, (_, n) => [n % 3, n])"
    ".sort((a, b) => a[0] - b[0])",
    "a thrown error": "$log('before'); $state.n = 9; throw new Error('no')",
    "an error deep inside": "function f(n) { return n ? f(n - 1) : missing.member } f(5)",
    "an error after a change": "$state.n = 5; await $ext.world.read(); throw new TypeError('late')",
    "a stack that is caught": "try { null.x } catch (error) { return error.stack }",
    "an endless loop": "$log('on'); while (true) {}",
    "too deep": "function f() { return f() + 1 } return f()",
    "too much memory": "const all = []; while (true) all.push(new Array(1000).fill(1))",
    "too many operations": "for (let n = 0; n < 60; n++) $state.table['k' + n] = n",
    "too many events": "for (let n = 0; n < 60; n++) $emit('e', n)",
    "too much logged": "for (let n = 0; n < 60; n++) $log('x')",
    "a result that is no JSON": "return { f: () => 1n, n: 1n }",
    "a promise that nobody resolves": "await new Promise(() => {})",
    "one call": "return $ext.world.read(1)",
    "calls in sequence": "return [await $ext.world.read(1), await $ext.world.read(2)]",
    "calls together": "return Promise.all([1, 2, 3].map(n => $ext.world.read(n)))",
    "calls that settle": "return (await Promise.allSettled([$ext.world.read(1), "
    "$ext.world.refuse()])).map(r => r.value ?? r.reason.message)",
    "a race": "return Promise.race([$ext.world.never(), $ext.world.read(1)])",
    "a loop of calls": "for (let n = 0; n < 5; n++) $state.n += (await $ext.world.read(n))[1]; "
    "return $state.n",
    "a refusal that is caught": "try { await $ext.world.refuse() } catch (e) "
    "{ return [e.code, e.message] } finally { $state.n = 0 }",
    "a refusal that is not": "$state.n = 2; await $ext.world.refuse()",
    "no such method": "await $ext.world.nothing()",
    "too many calls": "for (let n = 0; n < 60; n++) await $ext.world.read(n)",
}  # fmt: skip
LIMITS = Limits(ops=50, events=50, logs=50, requests=50, memory_bytes=8 << 20)


def limits_of(code: str) -> Limits:
    """Return short ones for what is to be stopped by the clock: no busy machine stops another."""
    return replace(LIMITS, timeout_ms=150 if code == PROGRAMS["an endless loop"] else 30_000)


def source(code: str) -> str:
    return SOURCE.replace("CODE", code)


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox()
    yield sandbox
    sandbox.close()


@pytest.fixture
async def world():
    return World()


@pytest.fixture
def start(sandbox, world):
    """Start a panel that records, and whose tool ``work`` is some code."""

    async def start_panel(code: str, **options) -> Panel:
        return await Panel.start(
            source(code),
            extensions=[world, TimerExtension()],
            sandbox=sandbox,
            **{"record_bytes": RECORD_BYTES, "limits": limits_of(code), **options},
        )

    return start_panel


@pytest.fixture
def recorded(start):
    """Run some code as a tool and return its record, as it is read from a file."""

    async def run(code: str, **options) -> Record:
        panel = await start(code, **options)
        execution = await panel.call("work", execution_id="e")
        await panel.stop()
        return Record.from_json(execution.record.to_text())

    return run


def told(record_or_replay) -> list[dict[str, Json]]:
    """What a handler did, segment by segment, as JSON."""
    return [each.told.model_dump(mode="json") for each in record_or_replay.segments if each.told]


# ---- to the same result


@pytest.mark.parametrize("moment", [60.0, 0.0], ids=["live", "put away"])
@pytest.mark.parametrize("name", PROGRAMS)
async def test_an_execution_runs_again_to_the_same_result(recorded, sandbox, name, moment):
    record = await recorded(PROGRAMS[name], moment=moment)
    replayed = await replay(record, sandbox=sandbox)

    assert (replayed.identical, replayed.divergence) == (True, None)
    assert len(replayed.segments) == len(record.segments)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("a thrown error", ErrorCode.EXECUTION_ERROR),
        ("an endless loop", ErrorCode.TIMEOUT),
        ("too deep", ErrorCode.STACK_OVERFLOW),
        ("too much memory", ErrorCode.MEMORY_LIMIT),
        ("too many operations", ErrorCode.RESOURCE_LIMIT),
        ("too many events", ErrorCode.RESOURCE_LIMIT),
        ("too much logged", ErrorCode.RESOURCE_LIMIT),
        ("too many calls", ErrorCode.RESOURCE_LIMIT),
        ("a result that is no JSON", ErrorCode.SERIALIZATION_ERROR),
    ],
)
async def test_a_failure_fails_again_in_the_same_way(recorded, sandbox, name, code):
    replayed = await replay(await recorded(PROGRAMS[name]), sandbox=sandbox)
    assert replayed.segments[-1].told.error.code is code


TRAPS = """
const before = [Date.now(), Math.random(), crypto.randomUUID(), Object.keys($state.table)];
const sorted = $state.rows.map(row => ({ ...row })).sort(() => 0);
for (const n of [1, 2]) $state.table["k" + Math.floor(Math.random() * 1e9)] = n;
let stack; try { undefined.x } catch (error) { stack = error.stack }
const answers = await Promise.all([$ext.world.read(Math.random()), $ext.world.read(2)]);
$emit("half", [Date.now(), Math.random()]);
await $ext.timer.sleep(2);
$log(new Date().toString(), JSON.stringify(answers));
return [before, sorted, stack, answers, Date.now(), Math.random(), crypto.randomUUID()];
"""


async def test_a_hundred_replays_of_a_hundred_are_equal_byte_for_byte(recorded, sandbox):
    record = await recorded(TRAPS)
    outcomes = {json.dumps(told(await replay(record, sandbox=sandbox))) for _ in range(100)}

    assert outcomes == {json.dumps(told(record))}


async def test_what_others_changed_meanwhile_is_part_of_the_record(start, sandbox, world):
    code = "const row = $state.rows[1]; await $ext.timer.sleep(20); row.n += $state.n; return row.n"
    panel = await start(code)
    working = asyncio.create_task(panel.call("work"))
    await asyncio.sleep(0)
    await panel.call("insert")
    await panel.set("/n", 40)
    execution = await working
    await panel.stop()
    record = execution.record

    assert execution.value == 41
    assert [op.path for op in record.segments[1].foreign] == ["/rows/0", "/n"]
    assert (await replay(record, sandbox=sandbox)).identical


async def test_an_execution_goes_on_in_another_process_with_its_record(start, sandbox, world):
    code = "$state.n = Math.random(); await $ext.timer.sleep(20); return [$state.n, Math.random()]"
    journal = MemoryJournal()
    panel = await start(code, moment=0.0, journal=journal)
    waiting = asyncio.Event()
    panel.listen(lambda notice: waiting.set() if isinstance(notice, Waiting) else None)
    working = asyncio.create_task(panel.call("work", execution_id="e"))
    await waiting.wait()
    await panel.stop(leave=True)
    with pytest.raises(InterruptedExecutionError):
        await working
    again = await start(code, moment=0.0, journal=journal, state=panel.state, rev=panel.rev)
    execution = await again.go_on(Suspended.from_bytes(journal.suspended["e"].to_bytes()))
    await again.stop()

    assert [each.told.status for each in execution.record.segments] == ["waiting", "done"]
    assert execution.record.source == source(code)
    assert (await replay(execution.record, sandbox=sandbox)).identical


async def test_a_lifecycle_is_recorded_too(sandbox, world):
    mounting = source("").replace(
        '<Tool name="add">',
        '<Lifecycle on="mount"><Handler>$state.n = Math.random();</Handler></Lifecycle>'
        '<Tool name="add">',
    )
    panel = await Panel.start(
        mounting, extensions=[world], sandbox=sandbox, record_bytes=RECORD_BYTES
    )
    record = (await panel.mounted()).record
    await panel.stop()

    assert (record.tool, record.lifecycle) == ("mount", True)
    assert (await replay(record, sandbox=sandbox)).identical


CODE = st.lists(
    st.sampled_from(
        (
            "$state.n += Math.random();",
            "$state.rows.push({ n: Date.now() });",
            "$state.rows.shift();",
            "$state.table[crypto.randomUUID()] = $state.sum;",
            "$emit('e', $state.n);",
            "$log($state.table);",
            "await $ext.world.read($state.n);",
            "await Promise.all([$ext.world.read(1), $ext.world.read(2)]);",
            "try { await $ext.world.refuse() } catch (e) { $state.n = e.message.length }",
            "if ($state.n > 2) throw new Error('enough');",
            "if ($state.rows.length > 3) return $state.rows;",
        )
    ),
    max_size=8,
)


@given(code=CODE)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
async def test_law_whatever_runs_runs_again_to_the_same_result(recorded, sandbox, code):
    record = await recorded("\n".join(code))
    assert (await replay(record, sandbox=sandbox)).identical


# ---- what is ended from outside


async def test_what_was_cancelled_while_it_waited_runs_again_up_to_there(start, sandbox, world):
    panel = await start("$state.n = 7; await $ext.world.never()")
    working = asyncio.create_task(panel.call("work", execution_id="e"))
    await world.arrived.acquire()
    panel.cancel("e")
    record = (await working).record
    await panel.stop()
    replayed = await replay(record, sandbox=sandbox)

    assert replayed.identical
    assert told(replayed)[0]["ops"] == [{"op": "add", "path": "/n", "value": 7}]
    assert replayed.ended == ExecutionError(
        code=ErrorCode.CANCELLED, message="the execution was cancelled"
    )


async def test_what_was_cancelled_while_it_computed_does_not_run_again(start, sandbox):
    panel = await start("while (true) {}", limits=Limits(timeout_ms=60_000))
    working = asyncio.create_task(panel.call("work", execution_id="e"))
    while not sandbox.running:  # noqa: ASYNC110 - a thread computes, and nothing tells of it.
        await asyncio.sleep(0)
    panel.cancel("e")
    record = (await working).record
    await panel.stop()
    replayed = await replay(record, sandbox=sandbox)

    assert (replayed.identical, replayed.segments) == (True, ())
    assert replayed.ended.code is ErrorCode.CANCELLED


async def test_what_waited_too_long_runs_again_up_to_there(recorded, sandbox):
    record = await recorded("await $ext.world.never()", limits=Limits(wall_ms=30))
    replayed = await replay(record, sandbox=sandbox)

    assert (replayed.identical, len(replayed.segments)) == (True, 1)
    assert replayed.ended.code is ErrorCode.TIMEOUT


# ---- where a changed handler differs


def place(line: int) -> Span:
    return Span(line=line, column=1, end_line=line, end_column=1)


CHANGES = {
    "an operation": (
        "\n$state.n += 1;\n$state.n += $args.by;",
        "\n$state.n += 1;\n$state.n -= $args.by;",
        {"what": "ops", "path": "/0/value", "expected": "4", "found": "0", "line": 2},
    ),
    "an event less": (
        "$emit('e', 1); $emit('e', 2)",
        "$emit('e', 1)",
        {"what": "events", "path": "/1", "found": "nothing",
         "expected": '{"name": "e", "payload": 2}'},
    ),
    "an event": (
        "$emit('e', 1)",
        "$emit('e', 2)",
        {"what": "events", "path": "/0/payload", "expected": "1", "found": "2"},
    ),
    "another call": (
        "\nreturn $ext.world.read(1)",
        "\nreturn $ext.world.read(2)",
        {"what": "requests", "path": "/0/args/0", "expected": "1", "found": "2", "line": 1},
    ),
    "the value": (
        "return { a: { 'b/c': 1 } }",
        "return { a: { 'b/c': 2 } }",
        {"what": "value", "path": "/a/b~1c", "expected": "1", "found": "2"},
    ),
    "the order of members": (
        "return { a: 1, b: 2 }",
        "return { b: 2, a: 1 }",
        {"what": "value", "expected": '{"a":1,"b":2}', "found": '{"b":2,"a":1}'},
    ),
    "a log line": (
        "$log('a')",
        "$log('b')",
        {"what": "logs", "path": "/0/message", "expected": '"a"', "found": '"b"'},
    ),
    "no error any more": (
        "throw new Error('no')",
        "return 1",
        {"what": "error", "expected": "EXECUTION_ERROR: no", "found": "no error"},
    ),
    "an end too early": (
        "await $ext.world.read(1)",
        "$ext.world.read(1)",
        {"what": "requests", "path": "/0", "found": "nothing",
         "expected": '{"id": 1, "alias": "world", "method": "read", "args": [1]}'},
    ),
    "the second segment": (
        "await $ext.world.read(1);\nreturn 1",
        "await $ext.world.read(1);\nreturn 2",
        {"segment": 2, "what": "value", "expected": "1", "found": "2", "line": 1},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
async def test_a_changed_handler_shows_where_it_differs(recorded, sandbox, name):
    before, after, expected = CHANGES[name]
    record = await recorded(before)
    replayed = await replay(record, source(after), sandbox=sandbox)
    expected = {"segment": 1, "path": "", **expected}
    line = CODE_LINE + expected.pop("line", 0)

    assert (replayed.identical, replayed.changed) == (False, True)
    assert replayed.divergence == Divergence(**expected, loc=place(line))


async def test_an_error_of_the_changed_handler_is_shown_at_its_line(recorded, sandbox):
    record = await recorded("\n\nreturn 1")
    divergence = (await replay(record, source("\n\nmissing()"), sandbox=sandbox)).divergence

    assert (divergence.what, divergence.expected) == ("error", "no error")
    assert divergence.loc.line == CODE_LINE + 2


async def test_a_change_that_changes_nothing_is_identical(recorded, sandbox):
    record = await recorded("$state.n += 1; await $ext.world.read(); throw new Error('x')")
    changed = (
        "\n// Longer, and the same.\n$state.n++;\nawait $ext.world.read();throw new Error('x')"
    )
    replayed = await replay(record, source(changed), sandbox=sandbox)

    assert (replayed.identical, replayed.changed) == (True, True)


async def test_state_that_was_not_recorded_is_as_declared_and_said_to_be(recorded, sandbox):
    record = await recorded("return 'hidden'", state={"other": "something else"})
    replayed = await replay(record, source("return $state.other"), sandbox=sandbox)

    assert (replayed.identical, replayed.unknown) == (True, ("other",))


async def test_a_source_without_the_tool_is_refused(recorded):
    record = await recorded("")
    with pytest.raises(PanelError) as refused:
        await replay(record, source("").replace('name="work"', 'name="play"'))
    assert refused.value.code is ErrorCode.TOOL_NOT_FOUND


async def test_a_source_with_errors_is_refused(recorded):
    record = await recorded("")
    with pytest.raises(InvalidPanelError):
        await replay(record, source("return (("))


# ---- what is kept


async def test_only_what_the_handler_may_read_is_recorded(recorded):
    record = await recorded("return $state.n")
    assert (record.state, set(record.hidden)) == ({"n": 1}, {"rows", "table", "other"})


async def test_a_record_is_read_as_it_was_written(recorded):
    record = await recorded(PROGRAMS["calls that settle"])
    assert Record.from_json(record.to_text()) == record


async def test_a_panel_records_only_when_asked_to(start):
    panel = await start("", record_bytes=0)
    assert (await panel.call("work")).record is None
    await panel.stop()


async def test_what_is_too_long_is_not_kept_and_says_so(recorded, sandbox):
    record = await recorded("return $state.rows.length", state={"rows": ["x" * 1000] * 300})

    assert record.not_kept == f"the record would be longer than {RECORD_BYTES} bytes"
    assert (record.state, record.segments) == ({}, ())
    with pytest.raises(RecordError, match="cannot run again"):
        await replay(record, sandbox=sandbox)


async def test_what_cannot_be_read_back_is_not_kept_and_the_execution_runs(recorded, sandbox):
    deep: Json = []
    for _ in range(62):
        deep = [deep]
    record = await recorded(
        "await $ext.timer.sleep(1); return $state.rows.length", state={"rows": [deep]}, moment=0.0
    )

    assert record.not_kept == "what it was given cannot be read back"
    assert record.ended is None


@pytest.mark.parametrize(
    "damage",
    [
        {"version": 2},
        {"extra": 1},
        {"seed": "short"},
        {"grant": ["no such capability"]},
        {"limits": {"memoryBytes": 1}},
        {"segments": [{"now": 0, "told": {"status": "done"}}, {"now": 1}]},
        {"segments": [{"now": 0, "told": {"status": "done", "logs": [{"level": "loud"}]}}]},
    ],
)
async def test_what_is_no_record_is_refused(recorded, damage):
    record = await recorded("")
    damaged = json.loads(record.to_text()) | damage
    with pytest.raises(RecordError, match="no record of an execution"):
        Record.from_json(json.dumps(damaged))


@pytest.mark.parametrize("text", ["", "[]", "{", '{"a": 1, "a": 2}', "[" * 100_000])
def test_what_is_not_even_json_is_refused(text):
    with pytest.raises(RecordError):
        Record.from_json(text)


async def test_a_record_that_holds_another_source_is_refused(recorded):
    record = await recorded("return 1")
    forged = record.model_copy(update={"source": source("return 2")})
    with pytest.raises(RecordError, match="another source"):
        await replay(forged)
