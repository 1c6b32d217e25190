"""TRIGGER round trips from one client and from a hundred, beside a bare echo, NiceGUI and Reflex.

Prints a Markdown table: median milliseconds until the new value is there, round trips a second, and
milliseconds of processor time that the server's processes take for one. All systems serve the same
counter and the same 300 rows; every client has a counter of its own, which is a panel of its own
with Nexus, where the handler runs in a sandbox and its change is on disk before it is shown. All
servers run all the time and are asked in turns. The next press comes when the server has done with
the last one.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from bare import bare_server
from bench_click import LABELS_PANEL, TABLE_PANEL
from drivers import Bare, Nexus, NiceGui, Reflex, Session, open_all
from servers import Server, processor_seconds
from serving import Kernel

PAGES = ("counter", "rows")
CLIENTS = 100


@dataclass(frozen=True, slots=True)
class System:
    """Something to be measured."""

    name: str
    server: Server
    session: Callable[[str, int], Session]
    """Makes the n-th session on a page."""
    pages: tuple[str, ...] = PAGES


@dataclass(slots=True)
class Sample:
    """What the rounds of one system with one number of clients gave."""

    times: list[float] = field(default_factory=list)
    rates: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    """Processor milliseconds of the server for one."""


async def press_for(session: Session, seconds: float) -> list[float]:
    """Press again and again; milliseconds of each."""
    times: list[float] = []
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        times.append((await session.press())[0])
    return times


async def measure(system: System, page: str, clients: int, seconds: float, sample: Sample) -> None:
    """Let so many clients press for so long."""
    sessions = [system.session(page, n) for n in range(clients)]
    await open_all(sessions, at_once=10)
    await asyncio.gather(*(press_for(each, 0.2) for each in sessions))
    used, began = processor_seconds(system.server.pid), time.perf_counter()
    times = await asyncio.gather(*(press_for(each, seconds) for each in sessions))
    took = time.perf_counter() - began
    used = processor_seconds(system.server.pid) - used
    for session in sessions:
        session.close()
    presses = sum(map(len, times))
    sample.times += (each for one in times for each in one)
    sample.rates.append(presses / took)
    sample.costs.append(used * 1000 / presses)


@contextlib.contextmanager
def systems(folder: Path) -> Iterator[list[System]]:
    """Run all servers."""
    page = folder / "page.html"
    page.touch()
    with (
        bare_server(page) as bare,
        Kernel(folder / "data", NEXUS_MAX_PANELS=str(3 * CLIENTS)) as kernel,
        peers.nicegui() as nicegui,
        peers.reflex(frontend=False) as reflex,
    ):
        for n in range(CLIENTS):
            kernel.create_panel(f"counter-{n}", LABELS_PANEL)
            kernel.create_panel(f"rows-{n}", TABLE_PANEL)
        own = Server(kernel.url, kernel.pid)
        yield [
            System("bare echo", bare, lambda page, _: Bare(bare.url, page), PAGES[:1]),
            System("**Nexus**", own, lambda page, n: Nexus(own.url, f"{page}-{n}")),
            System(peers.version("nicegui"), nicegui, lambda page, _: NiceGui(nicegui.url, page)),
            System(peers.version("reflex"), reflex, lambda page, _: Reflex(reflex.url, page)),
        ]


async def compare(
    measured: list[System], page: str, rounds: int, seconds: float
) -> dict[tuple[str, int], Sample]:
    """Measure all systems in turns."""
    samples: defaultdict[tuple[str, int], Sample] = defaultdict(Sample)
    for _ in range(rounds):
        for system in measured:
            for clients in (1, CLIENTS):
                sample = samples[system.name, clients]
                await measure(system, page, clients, seconds, sample)
    return samples


def print_rows(page: str, samples: dict[tuple[str, int], Sample], floor: float) -> None:
    """Print the lines of one page."""
    for name in dict.fromkeys(name for name, _ in samples):
        one, many = samples[name, 1], samples[name, CLIENTS]
        median = statistics.median(one.times)
        over = f"{median - floor:.2f}" if "bare" not in name else ""
        figures = (
            f"{median:.2f}",
            over,
            f"{statistics.median(one.rates):.0f}",
            f"{statistics.median(one.costs):.2f}",
            f"{statistics.median(many.times):.1f}",
            f"{statistics.median(many.rates):.0f}",
            f"{statistics.median(many.costs):.2f}",
        )
        print(f"| {page} | {name} | {' | '.join(figures)} |", flush=True)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2.0)
    given = parser.parse_args()
    print(
        f"| page | system | 1 client, ms | over the echo, ms | a second | CPU, ms "
        f"| {CLIENTS} clients, ms | a second | CPU, ms |"
    )
    print("| --- | --- | --: | --: | --: | --: | --: | --: | --: |")
    floor = 0.0
    with tempfile.TemporaryDirectory() as folder, systems(Path(folder)) as measured:
        for page in PAGES:
            serving = [each for each in measured if page in each.pages]
            samples = asyncio.run(compare(serving, page, given.rounds, given.seconds))
            if page == PAGES[0]:
                floor = statistics.median(samples["bare echo", 1].times)
            print_rows(page, samples, floor)


if __name__ == "__main__":
    main()
