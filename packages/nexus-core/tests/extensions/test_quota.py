"""How often and how much at once an extension may be called."""

import asyncio
from dataclasses import replace
from typing import ClassVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_core import Panel
from nexus_core.extensions import (
    CallContext,
    Extension,
    ExtensionError,
    Quota,
    RateLimitedError,
    Registry,
    method,
)
from nexus_core.extensions.quota import Meter
from nexus_protocol._model import Json

pytestmark = pytest.mark.requirement("run.extensions")


class Clock:
    """A time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Gate(Extension):
    """Calls that go on when they are let."""

    name: ClassVar[str] = "test.gate"

    def __init__(self) -> None:
        self.open = asyncio.Event()
        self.inside: list[str] = []
        self.most = 0

    @method(timeout=5)
    async def enter(self, context: CallContext) -> Json:
        """Wait inside."""
        self.inside.append(context.panel_id)
        self.most = max(self.most, len(self.inside))
        await self.open.wait()
        self.inside.remove(context.panel_id)
        return None


def of(panel: str, workspace: str = "default") -> CallContext:
    return CallContext(panel, "t", None, "e", workspace=workspace)


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


def enter(registry: Registry, *panels: str) -> list[asyncio.Task[Json]]:
    return [
        asyncio.create_task(registry.call("test.gate", "enter", [], of(panel))) for panel in panels
    ]


async def test_calls_beyond_the_number_at_once_wait_for_their_turn():
    gate = Gate()
    calls = enter(Registry([gate], quotas={gate.name: Quota(concurrent=2)}), *"abcde")
    await settle()
    assert gate.inside == ["a", "b"]
    gate.open.set()
    assert await asyncio.gather(*calls) == [None] * 5
    assert gate.most == 2


async def test_a_panel_that_takes_all_its_places_leaves_the_others_theirs():
    gate = Gate()
    quota = Quota(concurrent=3, concurrent_per_panel=2)
    calls = enter(Registry([gate], quotas={gate.name: quota}), *"aaaaaaab")
    await settle()
    assert gate.inside == ["a", "a", "b"]
    gate.open.set()
    await asyncio.gather(*calls)


async def test_panels_of_two_workspaces_with_one_id_are_two_panels():
    gate = Gate()
    registry = Registry([gate], quotas={gate.name: Quota(concurrent_per_panel=1)})
    calls = [
        asyncio.create_task(registry.call("test.gate", "enter", [], of("a", workspace)))
        for workspace in ("v", "w")
    ]
    await settle()
    assert gate.inside == ["a", "a"]
    gate.open.set()
    await asyncio.gather(*calls)


async def test_a_call_that_is_cancelled_gives_its_place_back():
    gate = Gate()
    calls = enter(Registry([gate], quotas={gate.name: Quota(concurrent=1)}), *"abc")
    await settle()
    calls[0].cancel()
    calls[1].cancel()
    await asyncio.wait(calls[:2])
    await settle()
    assert gate.inside == ["a", "c"]
    gate.open.set()
    await calls[2]


async def test_the_wait_for_a_turn_is_part_of_the_time():
    class Slow(Gate):
        name: ClassVar[str] = "test.slow"
        quota: ClassVar[Quota] = Quota(concurrent=1)

        @method(timeout=0.01)
        async def hurry(self, context: CallContext) -> Json:
            """Have no time."""

    gate = Slow()
    registry = Registry([gate])
    first = asyncio.create_task(registry.call("test.slow", "enter", [], of("a")))
    await settle()
    with pytest.raises(ExtensionError) as caught:
        await registry.call("test.slow", "hurry", [], of("a"))
    assert caught.value.code.name == "TIMEOUT"
    gate.open.set()
    await first


async def call(meter: Meter, panel: str) -> float:
    """Make a call; returns the seconds after which it may be tried again, 0 when it was made."""
    try:
        async with meter.admitted(panel):
            return 0.0
    except RateLimitedError as error:
        return error.retry_after


async def test_calls_beyond_a_rate_are_refused_and_told_when_to_come_back():
    clock = Clock()
    meter = Meter("test.it", Quota(rate_per_panel=4, burst_seconds=0.5), clock)
    assert [await call(meter, "a") for _ in range(3)] == [0.0, 0.0, 0.25]
    assert await call(meter, "b") == 0.0
    clock.now += 0.25
    assert [await call(meter, "a") for _ in range(2)] == [0.0, 0.25]


async def test_the_rate_of_all_panels_bounds_them_together():
    meter = Meter("test.it", Quota(rate=1, burst_seconds=2), Clock())
    assert [await call(meter, panel) for panel in "abc"] == [0.0, 0.0, 1.0]


async def test_a_refused_call_uses_nothing_up():
    clock = Clock()
    meter = Meter("test.it", Quota(rate=1, rate_per_panel=1, burst_seconds=1), clock)
    assert [await call(meter, "a") for _ in range(9)] == [0.0, *[1.0] * 8]
    clock.now += 1
    assert await call(meter, "b") == 0.0


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 2)), max_size=60))
def test_no_panel_is_let_in_more_often_than_its_rate_and_burst(steps):
    async def run() -> None:
        clock, admitted = Clock(), []
        meter = Meter("test.it", Quota(rate_per_panel=2, burst_seconds=1.5), clock)
        for panel, passed in steps:
            clock.now += passed
            if await call(meter, panel) == 0.0:
                admitted.append((panel, clock.now))
        for panel in "ab":
            times = [at for each, at in admitted if each == panel]
            for first in range(len(times)):
                for last in range(first, len(times)):
                    allowed = 3 + 2 * (times[last] - times[first]) + 1e-6
                    assert last - first + 1 <= allowed

    asyncio.run(run())


async def test_a_call_that_an_earlier_process_counted_is_not_counted_again():
    gate = Gate()
    gate.open.set()
    registry = Registry([gate], quotas={gate.name: Quota(rate=0.001, burst_seconds=1)})
    taken_over = replace(of("a"), elapsed=3.5)
    for _ in range(3):
        assert await registry.call("test.gate", "enter", [], taken_over) is None
    assert await registry.call("test.gate", "enter", [], of("a")) is None
    with pytest.raises(RateLimitedError):
        await registry.call("test.gate", "enter", [], of("a"))


async def test_panels_that_come_and_go_are_forgotten():
    clock = Clock()
    meter = Meter("test.it", Quota(rate_per_panel=1), clock)
    for number in range(5000):
        clock.now += 1
        assert await call(meter, str(number)) == 0.0
    assert len(meter._buckets) <= 1024


async def test_a_handler_catches_the_refusal_by_its_code():
    gate = Gate()
    gate.open.set()
    source = """<NexusPanel><Data/><Logic><Extension name="test.gate" alias="gate"/>
      <Tool name="go"><Handler>
        await $ext.gate.enter();
        try { await $ext.gate.enter(); }
        catch (error) { return [error.code, error.message, error.retryAfter]; }
      </Handler></Tool></Logic>
      <View><Layout><Button label="Go" trigger="go"/></Layout></View></NexusPanel>"""
    registry = Registry([gate], quotas={gate.name: Quota(rate=0.001, burst_seconds=1)})
    async with Panel.open(source, extensions=registry) as panel:
        code, message, retry_after = (await panel.call("go")).value
    assert code == "RATE_LIMITED"
    assert message.startswith("test.gate is called too often; try again in ")
    assert 0 < retry_after <= 1000
