"""Executions wait for a thread in turn, not for ever; what is kept warm is given back."""

import asyncio
import subprocess
import sys

import pytest

from nexus_core.sandbox import Job, Limits, Sandbox, ToolSource
from nexus_protocol import ErrorCode

pytestmark = pytest.mark.requirement("run.pool")

SPIN = Job(tool=ToolSource(name="spin", code="for (;;) {}"), limits=Limits(timeout_ms=60_000))
QUICK = Job(tool=ToolSource(name="quick", code="return 1"))


@pytest.fixture(params=[None, 1], ids=["threads", "workers"])
def narrow(request):
    """Open sandboxes with one place, closed when the test ends."""
    opened: list[Sandbox] = []

    def make(**options) -> Sandbox:
        opened.append(Sandbox(threads=1, workers=request.param, **options))
        return opened[-1]

    yield make
    for each in opened:
        each.close()


async def settled(condition):
    """Let others run until something holds; pytest's own timeout is the only clock."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is watched is on another thread
            await asyncio.sleep(0.001)


async def occupied(sandbox):
    """Give its only place to one that ends when its task is cancelled."""
    spinning = asyncio.create_task(sandbox.start(SPIN, owner="spinning"))
    await settled(lambda: sandbox.running == 1)
    return spinning


async def test_executions_of_many_owners_take_turns(narrow):
    sandbox, order = narrow(), []

    async def one(owner, number):
        await sandbox.start(QUICK, owner=owner)
        order.append((owner, number))

    spinning = await occupied(sandbox)
    tasks = [asyncio.create_task(one("busy", number)) for number in range(100)]
    tasks += [asyncio.create_task(one("calm", number)) for number in range(2)]
    await settled(lambda: sandbox.metrics().waiting == 102)
    spinning.cancel()
    await asyncio.gather(*tasks)

    assert order[:5] == [("busy", 0), ("calm", 0), ("busy", 1), ("calm", 1), ("busy", 2)]


async def test_an_owner_with_too_much_waiting_is_told_so_and_others_are_not(narrow):
    sandbox = narrow(waiting=2)
    spinning = await occupied(sandbox)
    waiting = [asyncio.create_task(sandbox.start(QUICK, owner="busy")) for _ in range(2)]
    await settled(lambda: sandbox.metrics().waiting == 2)

    _, refused = await sandbox.start(QUICK, owner="busy")
    other = asyncio.create_task(sandbox.start(QUICK, owner="calm"))
    await settled(lambda: sandbox.metrics().waiting == 3)
    spinning.cancel()
    segments = [segment for _, segment in await asyncio.gather(*waiting, other)]

    assert (refused.status, refused.error.code) == ("failed", ErrorCode.UNAVAILABLE)
    assert [each.status for each in segments] == ["done"] * 3


async def test_an_execution_that_waits_too_long_for_a_thread_fails(narrow):
    sandbox = narrow(patience=0.01)
    spinning = await occupied(sandbox)

    outcome = await sandbox.run("return 1")
    values = await sandbox.evaluate({"a": "1 + 1"}, {})
    spinning.cancel()

    assert (outcome.error.code, values["a"].code) == (ErrorCode.UNAVAILABLE, ErrorCode.UNAVAILABLE)
    assert sandbox.metrics().refused == 2


async def test_what_was_cancelled_while_it_waited_is_not_begun(narrow):
    sandbox = narrow()
    spinning = await occupied(sandbox)
    waiting = asyncio.create_task(sandbox.start(QUICK))
    await settled(lambda: sandbox.metrics().waiting == 1)

    waiting.cancel()
    spinning.cancel()
    await settled(lambda: sandbox.metrics().busy == 0 and sandbox.metrics().waiting == 0)

    assert sandbox.metrics().acquired == 1


async def test_the_metrics_tell_what_is_used_and_was_done(narrow):
    sandbox = narrow(instances=10)
    await sandbox.run("return 1")
    idle = sandbox.metrics()
    spinning = await occupied(sandbox)
    busy = sandbox.metrics()
    spinning.cancel()

    assert (idle.live, idle.running, idle.busy, idle.waiting, idle.acquired) == (0, 0, 0, 0, 1)
    assert (busy.live, busy.running, busy.utilisation, busy.acquired) == (1, 1, 1.0, 2)
    assert (idle.room, idle.threads, idle.refused, idle.workers_lost) == (10, 1, 0, 0)


async def test_memory_that_is_kept_warm_is_given_back_when_nothing_runs():
    code = """if True:
        import asyncio, psutil, sys
        from nexus_core import Sandbox

        async def main():
            sandbox = Sandbox(idle_seconds=0.2)
            rss = psutil.Process().memory_info
            large = "const a = []; for (let i = 0; i < 2e5; i++) a.push(i); return a.length"
            await asyncio.gather(*(sandbox.run(large) for _ in range(40)))
            warm = rss().rss
            while rss().rss > warm - (4 << 20):
                await asyncio.sleep(0.01)
            again = await sandbox.run(large)
            print(again.value)
            sandbox.close()

        asyncio.run(main())
    """
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, timeout=60
    )

    assert (done.stdout, done.returncode) == ("200000\n", 0)


async def test_a_waiting_execution_keeps_its_memory_when_the_rest_is_given_back():
    from nexus_core.sandbox import Reply
    from nexus_core.sandbox.engine import Engine
    from nexus_core.sandbox.run import Run
    from nexus_protocol.capabilities import Grant

    engine = Engine()
    code = "const a = Array.from({length: 9e4}, (_, i) => i); await $ext.x.y(); return a[89999]"
    job = Job(
        tool=ToolSource(name="t", code=code), grant=Grant.of(["ext:x"]), aliases=frozenset("x")
    )
    run, gone = Run(engine, job), Run(engine, job)
    segment, _ = run.start(), gone.start()
    gone.close()

    engine.trim()
    after = Run(engine, QUICK).start()
    ended = run.resume([Reply(id=segment.requests[0].id)])
    engine.close()

    assert (after.value, ended.value) == (1, 89999)
