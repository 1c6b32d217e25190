"""Executions that wait: cancelled, put away, taken up by another process, cut off at any step."""

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nexus_core import Limits, Panel, Sandbox
from nexus_core.extensions import CallContext, Extension, ExtensionError, TimerExtension, method
from nexus_core.journal import MemoryJournal
from nexus_core.notices import Waiting
from nexus_core.sandbox import ParkedError
from nexus_core.suspension import (
    InterruptedExecutionError,
    Note,
    Suspended,
    SuspensionRefusedError,
)
from nexus_protocol import Change, ErrorCode, Json

pytestmark = pytest.mark.requirement("run.suspend")


class World(Extension):
    """An outside world that answers when it is told to, and counts what it was asked."""

    name: ClassVar[str] = "example.world"

    def __init__(self) -> None:
        self.asked: list[tuple[str, Json]] = []
        self.given_up: list[tuple[str, Json]] = []
        self.open = asyncio.Event()
        self.arrived = asyncio.Semaphore(0)
        self.dead = False

    @method(idempotent=True)
    async def read(self, context: CallContext, value: Json = None) -> Json:
        """Answer the value when the world is open."""
        return await self._answer("read", value)

    @method()
    async def pay(self, context: CallContext, value: Json = None) -> Json:
        """Do the same, but never twice."""
        return await self._answer("pay", value)

    @method(idempotent=lambda value: value == "safe")
    async def maybe(self, context: CallContext, value: Json = None) -> Json:
        """Do the same; whether it may be repeated depends on the value."""
        return await self._answer("maybe", value)

    @method()
    async def refuse(self, context: CallContext, code: str = "CONFLICT") -> Json:
        """Fail with a code."""
        raise ExtensionError(ErrorCode(code), f"refused with {code}")

    @method(timeout=0.001)
    async def late(self, context: CallContext) -> Json:
        """Never answer in time."""
        return await asyncio.get_running_loop().create_future()

    @method(idempotent=True)
    async def elapsed(self, context: CallContext) -> Json:
        """Answer whether the call was made before."""
        await self._answer("elapsed", None)
        return context.elapsed > 0

    async def _answer(self, name: str, value: Json) -> Json:
        if not self.dead:
            self.asked.append((name, value))
        self.arrived.release()
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.given_up.append((name, value))
            raise
        return value


def source(handler: str) -> str:
    return f"""
<NexusPanel title="Waiting">
  <Data>
    <State name="n" type="number" default="0"/>
    <State name="log" type="list" default="[]"/>
    <State name="rows" type="list" default='[{{"n": 0}}, {{"n": 1}}]'/>
  </Data>
  <Logic>
    <Extension name="example.world" alias="world"/>
    <Extension name="nexus.timer" alias="timer"/>
    <Tool name="work"><Handler><![CDATA[ {handler} ]]></Handler></Tool>
    <Tool name="add"><Handler>$state.n += 1; return $state.n;</Handler></Tool>
    <Tool name="insert"><Handler>$state.rows.unshift({{ n: 9 }});</Handler></Tool>
  </Logic>
  <View><Layout><Text content="{{$state.n}}"/></Layout></View>
</NexusPanel>
"""


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(limits=Limits(timeout_ms=2000))
    yield sandbox
    sandbox.close()


@pytest.fixture
async def world():
    return World()


@pytest.fixture
def start(sandbox, world):
    """Start a panel whose tool ``work`` is some code; it is stopped by the test."""

    async def start_panel(code: str, **options) -> Panel:
        return await Panel.start(
            source(code),
            extensions=[world, TimerExtension()],
            sandbox=sandbox,
            **{"moment": 0.0, **options},
        )

    return start_panel


@pytest.fixture(params=[0.0, 60.0], ids=["put away at once", "live"])
def moment(request):
    return request.param


def call(panel: Panel, tool: str = "work", **options) -> "asyncio.Task":
    return asyncio.create_task(panel.call(tool, execution_id="e", **options))


# ---- what a handler sees


HANDLERS = {
    "sequence": ("return [await $ext.world.read(1), await $ext.world.pay(2)]", [1, 2]),
    "all": ("return Promise.all([1, 2, 3].map(n => $ext.world.read(n)))", [1, 2, 3]),
    "settled": (
        "return (await Promise.allSettled([$ext.world.read(1), $ext.world.refuse()]))"
        ".map(r => r.value ?? r.reason.code)",
        [1, "CONFLICT"],
    ),
    "race": ("return Promise.race([$ext.world.read(1), $ext.timer.sleep(60000)])", 1),
    "loop": (
        "let n = 0; for (const k of [1, 2, 3]) { n += await $ext.world.read(k); $state.n = n } "
        "return $state.n",
        6,
    ),
    "caught": (
        "try { await $ext.world.refuse('NOT_FOUND') } catch (e) "
        "{ return [e instanceof Error, e.code, e.message] } finally { $state.n = 1 }",
        [True, "NOT_FOUND", "refused with NOT_FOUND"],
    ),
    "timeout of a call": (
        "try { await $ext.world.late() } catch (e) { return [e.code, e.message] }",
        ["TIMEOUT", "example.world.late took longer than 0.001 s"],
    ),
    "no such method": ("try { await $ext.world.nope() } catch (e) { return e.code }",
                       "METHOD_NOT_FOUND"),
    "first time": ("return $ext.world.elapsed()", False),
}  # fmt: skip


@pytest.mark.parametrize("name", HANDLERS)
async def test_a_handler_gets_its_answers(start, world, moment, name):
    code, expected = HANDLERS[name]
    world.open.set()
    panel = await start(code, moment=moment)
    execution = await panel.call("work")
    await panel.stop()

    assert (execution.value, execution.error) == (expected, None)


async def test_changes_are_pushed_at_each_suspension(start, world, moment):
    panel = await start("$state.n = 1; await $ext.world.read(); $state.n = 2", moment=moment)
    seen: list[object] = []
    panel.listen(lambda notice: seen.append(notice))
    working = call(panel)
    await world.arrived.acquire()
    before = [type(each).__name__ for each in seen]
    world.open.set()
    await working
    await panel.stop()

    assert before == ["Change", "Waiting"]
    assert [each.ops[0].value for each in seen if isinstance(each, Change)] == [1, 2]


async def test_others_have_their_turn_while_one_waits(start, world, moment):
    panel = await start("$state.n = 5; await $ext.world.read(); return $state.n", moment=moment)
    working = call(panel)
    await world.arrived.acquire()
    assert (await panel.call("add")).value == 6
    world.open.set()
    assert (await working).value == 6
    await panel.stop()


async def test_a_reference_to_a_row_is_kept_while_others_change_the_list(start, world, moment):
    code = "const row = $state.rows[1]; await $ext.world.read(); row.n = 5; return $state.rows"
    panel = await start(code, moment=moment)
    working = call(panel)
    await world.arrived.acquire()
    await panel.call("insert")
    world.open.set()
    assert (await working).value == [{"n": 9}, {"n": 0}, {"n": 5}]
    await panel.stop()


async def test_what_is_pending_when_a_handler_ends_is_given_up(start, world, moment):
    code = "const p = $ext.world.read(1); await Promise.race([p, $ext.world.refuse()])"
    panel = await start(code, moment=moment)
    execution = await panel.call("work")
    await panel.stop()
    await asyncio.sleep(0)

    assert execution.error.code is ErrorCode.CONFLICT
    assert world.given_up == [("read", 1)]


async def test_an_execution_has_an_end_even_if_the_world_has_none(start, world, moment):
    limits = Limits(wall_ms=50)
    panel = await start(
        "try { await $ext.world.read() } catch { return 1 }", moment=moment, limits=limits
    )
    execution = await panel.call("work")
    await panel.stop()

    assert (execution.error.code, execution.error.message) == (
        ErrorCode.TIMEOUT,
        "the handler took longer than 50 ms, waiting included",
    )
    assert world.given_up == [("read", None)]


# ---- cancelling


async def test_an_execution_that_waits_is_cancelled_at_once(start, world, moment):
    panel = await start("$state.n = 1; await $ext.world.read(); $state.n = 2", moment=moment)
    working = call(panel)
    await world.arrived.acquire()
    assert panel.cancel("e")
    execution = await working
    await panel.stop()

    assert (execution.ok, execution.error.code) == (False, ErrorCode.CANCELLED)
    assert panel.state["n"] == 1
    assert world.given_up == [("read", None)]
    assert [op.value for op in execution.patches] == [1]


async def test_an_execution_that_computes_is_cancelled_at_once(start, sandbox):
    panel = await start("$state.n = 1; while (true) {}", limits=Limits(timeout_ms=60_000))
    working = call(panel)
    while not sandbox.running:  # noqa: ASYNC110 - a thread computes, and nothing tells of it.
        await asyncio.sleep(0)
    panel.cancel("e")
    execution = await working
    await panel.stop()

    assert execution.error.code is ErrorCode.CANCELLED
    assert panel.state["n"] == 0


async def test_an_execution_that_waits_for_its_turn_is_cancelled(start, world, moment):
    panel = await start("$state.n = 1; await $ext.world.read(); $state.n = 2", moment=moment)
    async with panel._stage.ledger.turn:
        working = call(panel)
        await asyncio.sleep(0)
        panel.cancel("e")
        assert (await working).error.code is ErrorCode.CANCELLED
    await panel.stop()

    assert panel.state["n"] == 0


async def test_a_panel_goes_on_after_a_cancellation(start, world, moment):
    panel = await start("await $ext.world.read()", moment=moment)
    working = call(panel)
    await world.arrived.acquire()
    panel.cancel("e")
    await working

    assert (await panel.call("add")).value == 1
    assert not panel.cancel("e")
    await panel.stop()


async def test_who_gives_up_an_execution_ends_it(start, world, moment):
    journal = MemoryJournal()
    panel = await start("await $ext.world.read()", moment=moment, journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    await panel.stop()

    assert world.given_up == [("read", None)]
    assert journal.suspended == {}


# ---- in another process


async def left(panel: Panel, journal: MemoryJournal, working: "asyncio.Task") -> Suspended:
    """Stop a panel, and return what it left waiting as another process would read it."""
    await panel.stop(leave=True)
    with pytest.raises(InterruptedExecutionError):
        await working
    (suspended,) = journal.suspended.values()
    return Suspended.from_bytes(suspended.to_bytes())


async def begin_again(start, panel: Panel, journal: MemoryJournal, code: str, **options) -> Panel:
    return await start(code, state=panel.state, rev=panel.rev, journal=journal, **options)


async def test_what_is_left_waiting_goes_on_with_all_it_knew(start, world, moment):
    code = (
        "const t = new Map([['a', $state.rows[1]]]); $state.log.push('one'); $emit('one'); "
        "$log('one'); const v = await $ext.world.read(7); t.get('a').n = v; "
        "$state.log.push('two'); return [v, $state.rows[1].n]"
    )
    journal = MemoryJournal()
    panel = await start(code, journal=journal, moment=moment)
    working = call(panel, user="ann")
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)
    again = await begin_again(start, panel, journal, code)
    world.open.set()
    execution = await again.go_on(suspended)
    await again.stop()

    assert execution.value == [7, 7]
    assert again.state["log"] == ["one", "two"]
    assert [each.name for each in execution.events] == ["one"]
    assert [each.message for each in execution.logs] == ["one"]
    assert len(execution.patches) == 3
    assert [(c.cause.id, c.cause.user) for c in journal.changes] == [("e", "ann"), ("e", "ann")]
    assert (execution.metrics.segments, execution.metrics.requests) == (2, 1)
    assert journal.suspended == {}


@pytest.mark.parametrize(
    ("asked", "value", "times"),
    [
        ("read('x')", "x", 2),
        ("maybe('safe')", "safe", 2),
        ("pay('x')", "INTERRUPTED", 1),
        ("maybe('unsafe')", "INTERRUPTED", 1),
    ],
)
async def test_a_call_is_made_again_only_where_its_extension_says_so(
    start, world, moment, asked, value, times
):
    code = f"try {{ return await $ext.world.{asked} }} catch (e) {{ return e.code }}"
    journal = MemoryJournal()
    panel = await start(code, journal=journal, moment=moment)
    working = call(panel)
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)
    world.open.set()
    again = await begin_again(start, panel, journal, code)
    execution = await again.go_on(suspended)
    await again.stop()

    assert execution.value == value
    assert len(world.asked) == times


async def test_a_call_made_again_knows_how_long_ago_it_was_asked_for(start, world):
    code = "return $ext.world.elapsed()"
    journal = MemoryJournal()
    panel = await start(code, journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)
    world.open.set()
    again = await begin_again(start, panel, journal, code)
    assert (await again.go_on(suspended)).value is True
    await again.stop()


async def test_a_sleep_goes_on_with_the_time_that_remains(start):
    code = "await $ext.timer.sleep(60000); return 'awake'"
    journal, waiting = MemoryJournal(), asyncio.Event()
    panel = await start(code, journal=journal)
    panel.listen(lambda notice: waiting.set() if isinstance(notice, Waiting) else None)
    working = call(panel)
    await waiting.wait()
    suspended = await left(panel, journal, working)
    long_ago = tuple(replace(each, asked=each.asked - 60) for each in suspended.calls)
    again = await begin_again(start, panel, journal, code)
    execution = await again.go_on(replace(suspended, calls=long_ago))
    await again.stop()

    assert execution.value == "awake"


async def test_what_others_change_meanwhile_is_seen(start, world):
    code = "const row = $state.rows[1]; await $ext.world.read(); row.n = 5; return $state.n"
    journal = MemoryJournal()
    panel = await start(code, journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    await panel.call("insert")
    suspended = await left(panel, journal, working)
    again = await begin_again(start, panel, journal, code)
    await again.call("add")
    world.open.set()
    execution = await again.go_on(suspended)
    await again.stop()

    assert execution.value == 1
    assert again.state["rows"] == [{"n": 9}, {"n": 0}, {"n": 5}]


async def test_another_source_gives_it_the_whole_state(start, world):
    code = "await $ext.world.read(); $state.n += 1; return $state.n"
    journal = MemoryJournal()
    panel = await start(code, journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)
    again = await begin_again(start, panel, MemoryJournal(), "return 'changed'")
    await again.set("/n", 40)
    world.open.set()
    assert (await again.go_on(suspended)).value == 41
    await again.stop()


async def test_an_image_of_another_engine_ends_as_interrupted(start, world):
    journal = MemoryJournal()
    panel = await start("await $ext.world.read()", journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)
    foreign = replace(suspended, parked=replace(suspended.parked, engine="0" * 64))
    again = await begin_again(start, panel, journal, "await $ext.world.read()")
    execution = await again.go_on(foreign)
    await again.stop()

    assert execution.error.code is ErrorCode.INTERRUPTED
    assert journal.suspended == {}


class Telling(MemoryJournal):
    """Says when it keeps its first execution."""

    def __init__(self) -> None:
        super().__init__()
        self.kept = asyncio.Event()

    async def note(self, *notes: Note) -> None:
        await super().note(*notes)
        self.kept.set()


async def test_what_waits_longer_than_a_moment_is_kept_until_it_ends(start, world):
    journal = Telling()
    panel = await start("return await $ext.world.pay(1)", journal=journal, moment=0.001)
    working = call(panel)
    await journal.kept.wait()
    (suspended,) = journal.suspended.values()
    world.open.set()
    execution = await working
    await panel.stop()

    assert [(each.request.method, each.made) for each in suspended.calls] == [("pay", True)]
    assert (execution.value, journal.suspended) == (1, {})


async def test_what_waited_once_is_kept_at_each_later_suspension(start, world):
    code = "await $ext.world.read(1); $state.n = 1; await $ext.world.pay(2); $state.n = 2"
    journal = Telling()
    panel = await start(code, journal=journal, moment=0.001)
    working = call(panel)
    await journal.kept.wait()
    world.open.set()
    await working
    await panel.stop()

    assert world.asked == [("read", 1), ("pay", 2)]
    assert journal.suspended == {}


@pytest.mark.parametrize(
    "damage", [lambda data: b"", lambda data: data[:9], lambda data: data[:-1]]
)
async def test_a_damaged_suspension_is_refused(start, world, damage):
    journal = MemoryJournal()
    panel = await start("await $ext.world.read()", journal=journal)
    working = call(panel)
    await world.arrived.acquire()
    suspended = await left(panel, journal, working)

    with pytest.raises(ParkedError):
        Suspended.from_bytes(damage(suspended.to_bytes()))


async def test_a_journal_that_keeps_no_more_ends_the_execution(start, world, moment):
    class Full(MemoryJournal):
        async def note(self, *notes: Note) -> None:
            if any(isinstance(note, Suspended) for note in notes):
                raise SuspensionRefusedError("too many wait")

    panel = await start(
        "$state.n = 1; await $ext.world.read()", journal=Full(), moment=min(moment, 0.001)
    )
    execution = await panel.call("work")
    await panel.stop()

    assert (execution.error.code, execution.error.message) == (
        ErrorCode.RESOURCE_LIMIT,
        "too many wait",
    )


# ---- cut off anywhere


class Mortal(MemoryJournal):
    """The journal of a process that dies at its n-th write, just before or just after it."""

    def __init__(self, life: int, world: World) -> None:
        super().__init__()
        self._life = life
        self._world = world

    async def append(
        self, change: Change, state: Mapping[str, Json], notes: Sequence[Note] = ()
    ) -> None:
        if self._lives():
            await super().append(change, state)
            await super().note(*notes)
        self._age()

    async def note(self, *notes: Note) -> None:
        if self._lives():
            await super().note(*notes)
        self._age()

    def _lives(self) -> bool:
        # Odd numbers die after the write, even ones before it.
        if self._life == 0:
            self._die()
        return not self._world.dead

    def _age(self) -> None:
        self._life -= 2
        if self._life < 0:
            self._die()

    def _die(self) -> None:
        self._world.dead = True
        self._world.open.clear()

    def buried(self, life: int, world: World) -> "Mortal":
        """What the next process finds."""
        heir = Mortal(life, world)
        heir.changes, heir.suspended = list(self.changes), dict(self.suspended)
        return heir


WORK = """
  $state.log.push("begin");
  const first = $ext.world.read(1);
  $state.log.push(`read ${await first}`);
  try { $state.log.push(`paid ${await $ext.world.pay(2)}`); }
  catch (e) { $state.log.push(e.code); }
  const both = await Promise.all([$ext.world.read(3), $ext.world.read(4)]);
  $state.log.push(`both ${both}`);
"""


async def lives(sandbox: Sandbox, deaths: Sequence[int]) -> tuple[list[Json], list[object]]:
    """Run WORK through processes that die, and a last one that does not.

    Returns the log, and what was asked of the world.
    """
    asked: list[object] = []
    journal = Mortal(0, World())
    for number, life in enumerate((*deaths, 1 << 30)):
        world = World()
        world.open.set()
        journal = journal.buried(life, world)
        panel = await Panel.start(
            source(WORK),
            state={"log": written(journal)},
            rev=len(journal.changes),
            extensions=[world, TimerExtension()],
            sandbox=sandbox,
            journal=journal,
            moment=0.0,
        )
        kept = [Suspended.from_bytes(each.to_bytes()) for each in journal.suspended.values()]
        works = [panel.go_on(each) for each in kept]
        if number == 0:
            works = [panel.call("work", execution_id="e")]
        await until_death(world, [asyncio.create_task(work) for work in works])
        asked += world.asked
        await panel.stop()
    return written(journal), asked


async def until_death(world: World, tasks: "list[asyncio.Task]") -> None:
    for task in tasks:
        while not task.done() and not world.dead:  # noqa: ASYNC110 - it may die at any step.
            await asyncio.sleep(0)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def written(journal: MemoryJournal) -> list[Json]:
    return [op.value for change in journal.changes for op in change.ops]


@given(st.lists(st.integers(0, 20), max_size=4))
@settings(max_examples=40, deadline=None)
def test_whenever_processes_die_nothing_happens_twice_and_nothing_is_lost(deaths: list[int]):
    sandbox = Sandbox(limits=Limits(timeout_ms=5000))
    try:
        log, asked = asyncio.run(lives(sandbox, deaths))
    finally:
        sandbox.close()
    paid = [each for each in asked if each[0] == "pay"]

    if deaths[:1] == [0]:
        assert (log, asked) == ([], [])  # The first write never came: it was never begun.
        return
    assert log in (
        ["begin", "read 1", "paid 2", "both 3,4"],
        ["begin", "read 1", "INTERRUPTED", "both 3,4"],
    )
    assert len(paid) <= 1
    assert "paid 2" not in log or len(paid) == 1
