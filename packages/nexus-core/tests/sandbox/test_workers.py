"""Worker processes, really killed, stopped and left without their parent."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest

from nexus_core import Panel
from nexus_core.extensions import CallContext, Extension, method
from nexus_core.sandbox import Job, Limits, Parked, ParkedError, Reply, Sandbox, ToolSource
from nexus_protocol import ErrorCode
from nexus_protocol.capabilities import Grant

pytestmark = pytest.mark.requirement("run.sandbox")

WAITING = Job(
    tool=ToolSource(name="t", code="const two = 2; return two + await $ext.x.y()"),
    grant=Grant.of(["ext:x"]),
    aliases=frozenset("x"),
)
ENDLESS = Job(tool=ToolSource(name="t", code="for (;;) {}"), limits=Limits(timeout_ms=30_000))


@pytest.fixture
def walled():
    sandbox = Sandbox(workers=1)
    yield sandbox
    sandbox.close()


async def settled(condition):
    """Let others run until something holds; pytest's own timeout is the only clock."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - what is watched is another process
            await asyncio.sleep(0.001)


async def worker_of(sandbox):
    """Return the process that is ready."""
    await settled(lambda: sandbox.workers)
    return psutil.Process(sandbox.workers[0])


def stands_still(process):
    """Whether every thread of a stopped process has taken notice."""
    tasks = Path(f"/proc/{process.pid}/task").glob("*/stat")
    return all(task.read_text().rpartition(") ")[2].startswith("T") for task in tasks)


async def test_a_killed_worker_costs_one_typed_error_and_is_replaced(walled):
    worker = await worker_of(walled)
    hit = asyncio.create_task(walled.start(ENDLESS))
    await settled(lambda: walled.running == 1)

    worker.kill()
    _, segment = await hit
    after = await walled.run("return 1 + 1")

    assert (segment.status, segment.error.code) == ("failed", ErrorCode.INTERRUPTED)
    assert (after.value, walled.metrics().workers_lost) == (2, 1)
    assert walled.workers != (worker.pid,)


async def test_an_idle_worker_that_is_killed_costs_nothing(walled):
    worker = await worker_of(walled)

    worker.kill()
    await settled(lambda: walled.metrics().workers_lost == 1)

    assert (await walled.run("return 1")).value == 1


async def test_what_waits_in_a_killed_worker_fails_when_it_goes_on(walled):
    run, segment = await walled.start(WAITING)

    (await worker_of(walled)).kill()
    ended = await walled.resume(run, [Reply(id=segment.requests[0].id, value=1)])

    assert (segment.status, ended.status) == ("waiting", "failed")
    assert ended.error.code is ErrorCode.INTERRUPTED


async def test_what_is_put_away_does_not_mind_a_killed_worker(walled):
    run, segment = await walled.start(WAITING)
    kept = (await walled.park(run)).to_bytes()
    run.close()

    (await worker_of(walled)).kill()
    await settled(lambda: walled.metrics().workers_lost == 1)
    again = walled.unpark(Parked.from_bytes(kept))
    ended = await walled.resume(again, [Reply(id=segment.requests[0].id, value=5)])

    assert (ended.status, ended.value) == ("done", 7)


async def test_what_is_lost_cannot_be_put_away(walled):
    run, _ = await walled.start(WAITING)
    (await worker_of(walled)).kill()
    await settled(lambda: walled.metrics().workers_lost == 1)

    with pytest.raises(ParkedError) as caught:
        await walled.park(run)

    assert caught.value.reason == "lost"


async def test_a_worker_that_was_stopped_is_ended_when_the_deadline_has_passed(walled):
    worker = await worker_of(walled)
    worker.suspend()
    await settled(lambda: stands_still(worker))

    outcome = await walled.run("return 1", limits=Limits(timeout_ms=100))
    after = await walled.run("return 2")

    assert (outcome.error.code, after.value) == (ErrorCode.INTERRUPTED, 2)
    assert not worker.is_running()


async def test_a_handler_in_a_worker_can_be_cancelled(walled):
    run = walled.open(ENDLESS)
    thread = threading.Thread(target=lambda: ended.append(run.start()))
    ended = []
    thread.start()
    await settled(lambda: walled.running == 1)

    run.cancel()
    await asyncio.to_thread(thread.join)

    assert [each.error.code for each in ended] == [ErrorCode.CANCELLED]


async def test_instances_are_given_back_in_the_workers(walled):
    for _ in range(20):
        await walled.run("return 1")

    assert walled.metrics().live == 0


async def test_a_worker_has_nothing_of_its_parent_and_may_open_nothing(walled):
    worker = await worker_of(walled)
    await walled.run("return 1")
    ours = set(psutil.Process().environ()) - {"HOME", "XDG_CACHE_HOME", "PYTHONPATH"}

    # The limits are the last thing that a worker sets before it serves.
    await settled(lambda: worker.rlimit(psutil.RLIMIT_NOFILE) == (0, 0))

    assert not ours & set(worker.environ())
    assert os.getsid(worker.pid) == worker.pid
    assert worker.rlimit(psutil.RLIMIT_CORE) == (0, 0)
    assert all(Path(file.path).suffix == ".cwasm" for file in worker.open_files())


async def test_a_process_with_workers_does_not_load_the_engine():
    code = """if True:
        import asyncio, sys
        from nexus_core import Sandbox
        sandbox = Sandbox(workers=1)
        print(asyncio.run(sandbox.run("return 1")).value, "wasmtime" in sys.modules)
        sandbox.close()
    """
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert done.stdout == "1 False\n"


@pytest.mark.parametrize("stopped", [False, True])
async def test_workers_end_with_a_killed_parent(stopped):
    code = """if True:
        import asyncio, os, signal, sys
        from nexus_core import Sandbox
        sandbox = Sandbox(workers=1)
        asyncio.run(sandbox.run("return 1"))
        print(sandbox.workers[0], flush=True)
        signal.pause()
    """
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", code, stdout=subprocess.PIPE
    )
    worker = psutil.Process(int(await process.stdout.readline()))
    if stopped:
        worker.suspend()

    process.send_signal(signal.SIGKILL)
    await process.wait()

    await settled(lambda: not worker.is_running() or worker.status() == psutil.STATUS_ZOMBIE)


class Gate(Extension):
    """Answers when it is opened."""

    name = "test.gate"

    def __init__(self):
        self.entered = asyncio.Event()
        self.opened = asyncio.Event()

    @method()
    async def enter(self, context: CallContext) -> int:
        self.entered.set()
        await self.opened.wait()
        return 1


async def test_a_panel_whose_worker_is_killed_goes_on_with_its_state(walled):
    gate = Gate()
    panel = await Panel.start(
        """<NexusPanel>
          <Data><State name="n" type="number" default="0"/></Data>
          <Logic>
            <Extension name="test.gate" alias="gate"/>
            <Tool name="wait"><Handler>
              $state.n = 1; await $ext.gate.enter(); $state.n = 2
            </Handler></Tool>
            <Tool name="add"><Handler>$state.n += 10</Handler></Tool>
          </Logic>
        </NexusPanel>""",
        extensions=[gate],
        sandbox=walled,
        moment=60,
    )
    waiting = asyncio.create_task(panel.call("wait"))
    await gate.entered.wait()

    (await worker_of(walled)).kill()
    await settled(lambda: walled.metrics().workers_lost == 1)
    gate.opened.set()
    ended, added = await waiting, await panel.call("add")
    state = dict(panel.state)
    await panel.stop()

    assert (ended.error.code, added.ok, state) == (ErrorCode.INTERRUPTED, True, {"n": 11})
