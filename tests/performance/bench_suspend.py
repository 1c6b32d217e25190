"""Ten thousand executions that wait at once, and what each of them costs.

Prints a Markdown table: memory for each, live and put away, and the time of putting one away and
of going on with it. Each looks at its panel's state, holds a reference to a row and a Map, waits
for an extension which answers at last, and changes the row.
"""

import argparse
import asyncio
import gc
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from nexus_core import Panel, Sandbox
from nexus_core.extensions import CallContext, Extension, method
from nexus_core.journal import MemoryJournal
from nexus_core.sandbox import Job, Parked, Reply, Run, ToolSource
from nexus_core.suspension import Note, Suspended
from nexus_protocol import Json
from nexus_protocol.capabilities import Grant

HANDLER = """
  const mine = $state.rows[$args.n % $state.rows.length], seen = new Map();
  seen.set(mine.name, $args.n);
  const answer = await $ext.gate.enter();
  mine.hits += answer;
  return seen.get(mine.name);
"""
PANEL = f"""
<NexusPanel title="Waiting">
  <Data><State name="rows" type="list" default="[]"/></Data>
  <Logic>
    <Extension name="bench.gate" alias="gate"/>
    <Tool name="work"><Arg name="n" type="number"/><Handler>{HANDLER}</Handler></Tool>
  </Logic>
  <View><Layout><Text content="{{$state.rows.length}}"/></Layout></View>
</NexusPanel>
"""
STATE: dict[str, Json] = {"rows": [{"name": f"row {n}", "hits": 0} for n in range(20)]}


class Gate(Extension):
    """Answers everybody at once, when it is opened."""

    name: ClassVar[str] = "bench.gate"

    def __init__(self) -> None:
        self.opened = asyncio.Event()

    @method(timeout=3600, idempotent=True)
    async def enter(self, context: CallContext) -> Json:
        """Wait for the gate to open."""
        await self.opened.wait()
        return 1


class Kept(MemoryJournal):
    """Turns what is put away into bytes and forgets them, as if they were in a database."""

    def __init__(self, tally: "Tally") -> None:
        super().__init__()
        self._tally = tally

    async def note(self, *notes: Note) -> None:
        """Count suspensions."""
        for note in notes:
            if isinstance(note, Suspended):
                self._tally.count(len(note.to_bytes()))


class Tally:
    """The sizes of what was put away, and when that is all."""

    def __init__(self, expected: int) -> None:
        self.sizes: list[int] = []
        self.complete = asyncio.Event()
        self._expected = expected

    def count(self, size: int) -> None:
        """Count one."""
        self.sizes.append(size)
        if len(self.sizes) == self._expected:
            self.complete.set()


def resident() -> int:
    """Return the memory that this process holds, in bytes."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


def milliseconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def waiting(sandbox: Sandbox, n: int = 0) -> Run:
    run = sandbox.open(
        Job(
            tool=ToolSource(name="work", code=HANDLER),
            args={"n": n},
            state=STATE,
            aliases=frozenset({"gate"}),
            grant=Grant.of(("state:read", "state:write", "ext:gate")),
            seed=b"0123456789abcdef",
        )
    )
    assert run.start().status == "waiting"
    return run


def one_by_one(sandbox: Sandbox, rounds: int) -> list[tuple[str, str]]:
    """Measure single steps."""
    parks, resumes, restores = [], [], []
    for _ in range(rounds):
        run = waiting(sandbox)
        resumes.append(milliseconds(lambda run=run: run.resume([Reply(id=1, value=1)])))
        run = waiting(sandbox)
        parks.append(milliseconds(run.park))
        data = run.park().to_bytes()
        run.close()
        restores.append(
            milliseconds(
                lambda data=data: sandbox.unpark(Parked.from_bytes(data)).resume(
                    [Reply(id=1, value=1)]
                )
            )
        )
    return [
        ("putting one away", f"{statistics.median(parks):.2f} ms"),
        ("going on from bytes, to its end", f"{statistics.median(restores):.2f} ms"),
        ("going on live, to its end", f"{statistics.median(resumes):.2f} ms"),
    ]


def live(sandbox: Sandbox, count: int) -> tuple[str, str]:
    """Measure the memory of instances that wait without being put away."""
    before = resident()
    runs = [waiting(sandbox, n) for n in range(count)]
    each = (resident() - before) / count
    for run in runs:
        run.close()
    return (f"memory of one that waits live (of {count})", f"{each / 1024:.0f} KiB")


async def held(sandbox: Sandbox, panels: int, calls: int) -> list[tuple[str, str]]:
    """Hold so many executions at once, all put away, then let all go on."""
    count = panels * calls
    gate, tally = Gate(), Tally(count)
    running = [await start(sandbox, gate, tally) for _ in range(panels)]
    before, began = resident(), time.perf_counter()
    works = [
        asyncio.create_task(panel.call("work", {"n": n})) for n in range(calls) for panel in running
    ]
    await tally.complete.wait()
    filling, each = time.perf_counter() - began, (resident() - before) / count
    sizes, began = list(tally.sizes), time.perf_counter()
    gate.opened.set()
    done = await asyncio.gather(*works)
    emptying = time.perf_counter() - began
    for panel in running:
        await panel.stop()
    assert all(execution.ok for execution in done)
    return [
        ("executions that wait at once", f"{count:,} in {panels} panels"),
        ("memory of one, all counted", f"{each / 1024:.1f} KiB"),
        ("what is stored of one", f"{statistics.mean(sizes) / 1024:.1f} KiB"),
        ("starting and putting away all", f"{filling:.1f} s, {count / filling:.0f}/s"),
        ("going on with all, to their ends", f"{emptying:.1f} s, {count / emptying:.0f}/s"),
    ]


async def start(sandbox: Sandbox, gate: Gate, tally: Tally) -> Panel:
    return await Panel.start(
        PANEL, state=STATE, extensions=[gate], sandbox=sandbox, journal=Kept(tally), moment=0.0
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--panels", type=int, default=100)
    parser.add_argument("--calls", type=int, default=100, help="executions of each panel")
    parser.add_argument("--rounds", type=int, default=200)
    options = parser.parse_args()
    sandbox = Sandbox()
    alone = one_by_one(sandbox, options.rounds)
    rows = asyncio.run(held(sandbox, options.panels, options.calls))
    rows += [live(sandbox, 400), *alone]
    sandbox.close()
    print("| suspended executions | |\n| --- | ---: |")
    for name, figure in rows:
        print(f"| {name} | {figure} |")


if __name__ == "__main__":
    main()
