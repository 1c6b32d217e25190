"""A thousand panels: what starting with them on disk takes, and what each takes while it runs.

Prints two Markdown tables. Start-up is the time from the start of the process until ``/ready`` is
answered, with no panels and with a thousand in the workspace, in turns. Memory is that of the
kernel's process with none, with all running and followed by a client, and after a tool of each has
run. The panels are counters of one kilobyte, and the samples' five kilobytes; no two are alike.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from drivers import Nexus
from servers import memory, processor_seconds
from serving import Kernel

from nexus_core.history import Author, Repository
from panels import panel

FOLLOWED_BY_ONE = 50
"""Panels that one connection subscribes to; a kernel allows 64."""

Source = Callable[[int], str]


class Followers(Nexus):
    """A connection that follows many panels."""

    async def follow(self, names: list[str]) -> None:
        """Connect, and start panels one after the other."""
        await self._connect("/ws/default", subprotocol="nexus.v1")
        for name in names:
            await self._ask(
                json.dumps({"type": "SUBSCRIBE", "panelId": name}), wants='"type":"PANEL"'
            )

    async def trigger(self, name: str, tool: str) -> None:
        """Run a tool of a panel."""
        request = {"type": "TRIGGER", "requestId": name, "panelId": name, "tool": tool}
        await self._ask(json.dumps(request), wants='"type":"RESULT"')


def counter(n: int) -> str:
    """Return a panel of one kilobyte with a tool ``change``."""
    return panel(1_000).replace("Counts up and down.", f"Counter {n}.")


def samples(n: int) -> str:
    """Return a panel of five kilobytes with a tool ``nothing``."""
    source = panel(5_000).replace("Several panels in one.", f"Workbench {n}.")
    tool = f'<Tool name="nothing"><Handler>$log("{n}");</Handler></Tool></Logic>'
    return source.replace("</Logic>", tool, 1)


KINDS: tuple[tuple[str, Source, str], ...] = (
    ("counters, 1 KB", counter, "change"),
    ("samples, 5 KB", samples, "nothing"),
)


def fill(data: Path, source: Source, count: int) -> None:
    """Make a data folder with so many panels, and let a kernel find them."""
    with Kernel(data):
        pass
    files = {f"panels/{_name(n)}.nxml": source(n).encode() for n in range(count)}
    if files:
        author = Author("Benchmark", "benchmark@nexus.localhost")
        repository = Repository.open(data / "workspaces" / "default")
        repository.commit(files, message="Add panels", author=author)
    with Kernel(data):
        pass


def _name(n: int) -> str:
    return f"panel-{n:04}"


def start(data: Path) -> tuple[float, float]:
    """Return seconds until a kernel is ready, and those of the processor."""
    began = time.perf_counter()
    with Kernel(data) as kernel:
        return time.perf_counter() - began, processor_seconds(kernel.pid)


def measure_start(empty: Path, full: list[tuple[str, Path]], rounds: int, count: int) -> None:
    """Print how long starting takes."""
    cases = [("none", empty), *((f"{count:,} {name}", data) for name, data in full)]
    times = {name: list[tuple[float, float]]() for name, _ in cases}
    for _ in range(rounds):
        for name, data in cases:
            times[name].append(start(data))
    print("| panels on disk | ready after, s | the fastest | processor, s |")
    print("| --- | --: | --: | --: |")
    for name, each in times.items():
        clock, used = zip(*each, strict=True)
        print(
            f"| {name} | {statistics.median(clock):.2f} | {min(clock):.2f} "
            f"| {statistics.median(used):.2f} |"
        )


async def run_all(kernel: Kernel, tool: str, count: int) -> list[str]:
    """Return cells: seconds to start all, and memory before, with all, and after their tools."""
    names = [_name(n) for n in range(count)]
    empty, began = memory(kernel.pid), time.perf_counter()
    followers: list[tuple[Followers, list[str]]] = []
    for first in range(0, count, FOLLOWED_BY_ONE):
        mine = names[first : first + FOLLOWED_BY_ONE]
        follower = Followers(kernel.url, "")
        async with asyncio.timeout(120):
            await follower.follow(mine)
        followers.append((follower, mine))
    took, running = time.perf_counter() - began, memory(kernel.pid)
    for follower, mine in followers:
        async with asyncio.timeout(120):
            for name in mine:
                await follower.trigger(name, tool)
    used = memory(kernel.pid)
    for follower, _ in followers:
        follower.close()
    return [
        f"{took:.1f}",
        f"{empty / 2**20:.0f}",
        f"{running / 2**20:.0f}",
        f"{used / 2**20:.0f}",
        f"{(used - empty) / count / 1024:.0f}",
    ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--panels", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "empty", counter, 0)
        full = [(kind, folder / str(n)) for n, (kind, _, _) in enumerate(KINDS)]
        for (_, data), (_, source, _) in zip(full, KINDS, strict=True):
            fill(data, source, given.panels)
        measure_start(folder / "empty", full, given.rounds, given.panels)
        print(
            "\n| panels | started in, s | kernel without, MiB | all run, MiB "
            "| each ran a tool, MiB | a panel, KiB |"
        )
        print("| --- | --: | --: | --: | --: | --: |")
        for (kind, data), (_, _, tool) in zip(full, KINDS, strict=True):
            with Kernel(data, NEXUS_MAX_PANELS=str(given.panels)) as kernel:
                cells = asyncio.run(run_all(kernel, tool, given.panels))
            print(f"| {given.panels:,} {kind} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
