"""Handlers of several panels at once: on threads, and in worker processes.

Prints Markdown tables: throughput on one and two threads or workers, what a trivial handler costs
in each, what a heavy panel does to the latency of another, the first execution of a fresh process,
and how soon a killed worker is back. What is compared is measured alternately in one run.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import closing

import psutil

from nexus_core import Limits, Panel, Sandbox

HEAVY = "let f = n => n < 2 ? n : f(n - 1) + f(n - 2); return f(%d)"
TRIVIAL = "$state.n += $args.by; $emit('added', {n: $state.n}); return $state.n"
PANEL = f"""
<NexusPanel>
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic>
    <Tool name="light"><Handler><![CDATA[$state.n += 1; {HEAVY % 16}]]></Handler></Tool>
    <Tool name="heavy"><Handler><![CDATA[{HEAVY % 30}]]></Handler></Tool>
  </Logic>
</NexusPanel>
"""
FIRST = f"""
import asyncio, time
from nexus_core import Sandbox
async def main():
    began = time.perf_counter()
    sandbox = Sandbox()
    opened = time.perf_counter()
    took = []
    for _ in range(200):
        # Processor time: who else is busy has no part in it.
        start = time.process_time()
        await sandbox.run({TRIVIAL!r}, state={{"n": 1}}, args={{"by": 2}})
        took.append(time.process_time() - start)
    sandbox.close()
    print(opened - began, took[0], sorted(took)[100])
asyncio.run(main())
"""
MODES: dict[str, int | None] = {"threads": None, "workers": (os.cpu_count() or 1) + 1}


def ms(seconds: float) -> str:
    """Print a time."""
    return f"{seconds * 1000:.2f} ms"


def middle(values: Iterable[float]) -> float:
    """Return the median."""
    return statistics.median(values)


async def rate(sandbox: Sandbox, seconds: float, at_once: int, code: str) -> float:
    """Return how many executions a second end, so many at once."""
    until = time.perf_counter() + seconds
    done = 0

    async def lane(owner: int) -> None:
        nonlocal done
        while time.perf_counter() < until:
            await sandbox.run(code, state={"n": 1}, args={"by": 2}, owner=owner)
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(lane(number) for number in range(at_once)))
    return done / (time.perf_counter() - began)


async def throughput(rounds: int) -> None:
    """Compare one with two of a kind."""
    print("\n| per second | one | two | ratio |\n| --- | --- | --- | --- |")
    for name, heavy in (("heavy (fib 22)", HEAVY % 22), ("trivial", TRIVIAL)):
        for kind in ("threads", "workers"):
            with closing(Sandbox(**{kind: 1})) as one, closing(Sandbox(**{kind: 2})) as two:
                for sandbox in (one, two):
                    await rate(sandbox, 0.5, 4, heavy)
                pairs = [
                    (await rate(one, 1, 4, heavy), await rate(two, 1, 4, heavy))
                    for _ in range(rounds)
                ]
                first, second = (middle(each) for each in zip(*pairs, strict=True))
                ratio = middle(b / a for a, b in pairs)
                print(f"| {name}, {kind} | {first:.0f} | {second:.0f} | {ratio:.2f} |")


async def trivial(rounds: int) -> None:
    """Compare a trivial handler on a thread with one in a worker."""
    took: dict[str, list[float]] = {name: [] for name in MODES}
    opened = {name: Sandbox(workers=workers) for name, workers in MODES.items()}
    for _ in range(rounds * 100):
        for name, sandbox in opened.items():
            began = time.perf_counter()
            await sandbox.run(TRIVIAL, state={"n": 1}, args={"by": 2})
            took[name].append(time.perf_counter() - began)
    print("\n| trivial handler, awaited | median |\n| --- | --- |")
    for name, values in took.items():
        print(f"| {name} | {ms(middle(values))} |")
        opened[name].close()


async def fairness(rounds: int) -> None:
    """Measure one panel's light handler alone, and beside another panel's heavy ones."""
    print("\n| a light handler's median | alone | beside a heavy panel | moved by |")
    print("| --- | --- | --- | --- |")
    for name, workers in MODES.items():
        with closing(Sandbox(workers=workers)) as sandbox:
            limits = Limits(timeout_ms=60_000)
            light = await Panel.start(PANEL, sandbox=sandbox, limits=limits)
            heavy = await Panel.start(PANEL, sandbox=sandbox, limits=limits)
            await _latency(light, 50)
            pairs = []
            for _ in range(rounds):
                alone = await _latency(light, 100)
                load = [asyncio.create_task(_forever(heavy)) for _ in range(10)]
                await asyncio.sleep(0.1)
                beside = await _latency(light, 100)
                for task in load:
                    task.cancel()
                await asyncio.gather(*load, return_exceptions=True)
                pairs.append((alone, beside))
            await light.stop()
            await heavy.stop()
        alone, beside = (middle(each) for each in zip(*pairs, strict=True))
        moved = middle(b / a for a, b in pairs) - 1
        print(f"| {name} | {ms(alone)} | {ms(beside)} | {moved:+.0%} |")


async def _latency(panel: Panel, count: int) -> float:
    took: list[float] = []
    for _ in range(count):
        began = time.perf_counter()
        await panel.call("light")
        took.append(time.perf_counter() - began)
        await asyncio.sleep(0.002)
    return middle(took)


async def _forever(panel: Panel) -> None:
    while True:
        await panel.call("heavy")


def first(rounds: int) -> None:
    """Start processes whose engine is compiled; compare their first execution with later ones."""
    rows: list[list[float]] = []
    for _ in range(rounds * 2):
        done = subprocess.run(
            [sys.executable, "-c", FIRST], check=True, capture_output=True, text=True
        )
        rows.append([float(each) for each in done.stdout.split()])
    opened, cold, warm = (middle(each) for each in zip(*rows, strict=True))
    print("\n| fresh process | |\n| --- | --- |")
    print(f"| Sandbox(), everything prepared | {ms(opened)} |")
    print(f"| first execution, processor time | {ms(cold)} |")
    print(f"| later ones, median | {ms(warm)} |")
    print(f"| first to later | {middle(row[1] / row[2] for row in rows):.2f} |")


async def recovery(rounds: int) -> None:
    """Kill workers and measure until as many are ready again."""
    back: list[float] = []
    memory: list[int] = []
    for _ in range(rounds):
        with closing(Sandbox(workers=2)) as sandbox:
            while len(sandbox.workers) < 2:  # noqa: ASYNC110 - it is another process
                await asyncio.sleep(0.001)
            memory += [psutil.Process(pid).memory_full_info().uss for pid in sandbox.workers]
            began = time.perf_counter()
            psutil.Process(sandbox.workers[0]).kill()
            while (  # noqa: ASYNC110
                sandbox.metrics().workers_lost < 1 or len(sandbox.workers) < 2
            ):
                await asyncio.sleep(0.001)
            back.append(time.perf_counter() - began)
    print("\n| a killed worker | |\n| --- | --- |")
    print(f"| back, median | {ms(middle(back))} |\n| back, slowest | {ms(max(back))} |")
    print(f"| memory of one, its own | {middle(memory) / (1 << 20):.0f} MiB |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured")
    rounds = parser.parse_args().rounds
    asyncio.run(throughput(rounds))
    asyncio.run(trivial(rounds))
    asyncio.run(fairness(rounds))
    first(rounds)
    asyncio.run(recovery(rounds))
    load = os.getloadavg()[0]
    print(f"\n{os.cpu_count()} processors, load average {load:.1f} at the end.")


if __name__ == "__main__":
    main()
