"""One change to a thousand subscribers, beside a bare Starlette loop, NiceGUI and Reflex.

Prints a Markdown table: milliseconds from the press of a button by one client until half of the
subscribers, and the last one, have the new value; and processor milliseconds of the server for one
change. All systems hold their subscribers all the time and are asked in turns.
"""

import argparse
import asyncio
import contextlib
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import peers
from bare import bare_server
from bench_click import LABELS_PANEL
from drivers import Bare, Nexus, NiceGui, Reflex, Session, open_all
from servers import Server, processor_seconds
from serving import Kernel

LIMIT_SECONDS = 30.0
"""What one change may take before the system counts as not measured."""


@dataclass(slots=True)
class System:
    """Something to be measured, and what was found."""

    name: str
    server: Server
    sessions: list[Session]
    halves: list[float] = field(default_factory=list)
    lasts: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)
    failure: str = ""

    def row(self) -> str:
        """Return the line of the table."""
        if self.failure:
            return f"| {self.name} | {self.failure} | | |"
        # Processor times come in steps of ten milliseconds: their mean says more than their median.
        figures = (
            statistics.median(self.halves),
            statistics.median(self.lasts),
            statistics.mean(self.costs),
        )
        return f"| {self.name} | {' | '.join(f'{each:.0f}' for each in figures)} |"


class Arrivals:
    """When the sessions of a system have the next value."""

    def __init__(self, sessions: list[Session]) -> None:
        self.times: list[float] = []
        self._missing = len(sessions)
        self._all = asyncio.get_running_loop().create_future()
        for session in sessions:
            session.on_show = self._once(session)

    async def all(self) -> None:
        """Wait for the last one."""
        await self._all

    def _once(self, session: Session) -> Callable[[], None]:
        def arrived() -> None:
            session.on_show = lambda: None
            self.times.append(time.perf_counter())
            self._missing -= 1
            if not self._missing and not self._all.done():
                self._all.set_result(None)

        return arrived


async def change(system: System) -> None:
    """Press once, and wait until everybody has it."""
    arrivals = Arrivals(system.sessions)
    used, began = processor_seconds(system.server.pid), time.perf_counter()
    async with asyncio.timeout(LIMIT_SECONDS):
        await system.sessions[0].press()
        await arrivals.all()
    system.halves.append((statistics.median(arrivals.times) - began) * 1000)
    system.lasts.append((max(arrivals.times) - began) * 1000)
    # What follows a change, such as storing its record, belongs to it.
    await asyncio.sleep(0.05)
    system.costs.append((processor_seconds(system.server.pid) - used) * 1000)


async def measure(system: System, changes: int) -> None:
    """Make some changes, unless one takes too long."""
    if system.failure:
        return
    try:
        for _ in range(changes):
            await change(system)
    except (TimeoutError, OSError):
        lost = sum(each.lost for each in system.sessions)
        system.failure = f"not within {LIMIT_SECONDS:.0f} s ({lost} connections lost)"


async def compare(systems: list[System], rounds: int, changes: int) -> None:
    """Bring the subscribers in, then ask the systems in turns."""
    for system in systems:
        try:
            async with asyncio.timeout(4 * LIMIT_SECONDS):
                await open_all(system.sessions, at_once=20)
                await change(system)
        except (TimeoutError, OSError) as error:
            system.failure = f"subscribers could not all come in ({type(error).__name__})"
        system.halves.clear(), system.lasts.clear(), system.costs.clear()
    for _ in range(rounds):
        for system in systems:
            await measure(system, changes)
    for session in (each for system in systems for each in system.sessions):
        session.close()


@contextlib.contextmanager
def all_systems(folder: Path, subscribers: int) -> Iterator[list[System]]:
    """Run all servers."""
    page = folder / "page.html"
    page.touch()
    with (
        bare_server(page) as bare,
        Kernel(folder / "data", NEXUS_MAX_SOCKETS="100000") as kernel,
        peers.nicegui() as nicegui,
        peers.reflex(frontend=False) as reflex,
    ):
        kernel.create_panel("shared", LABELS_PANEL)
        own = Server(kernel.url, kernel.pid)
        kinds = (
            ("bare loop", bare, Bare),
            ("**Nexus**", own, Nexus),
            (peers.version("nicegui"), nicegui, NiceGui),
            (peers.version("reflex"), reflex, Reflex),
        )
        yield [
            System(name, server, [kind(server.url, "shared") for _ in range(subscribers)])
            for name, server, kind in kinds
        ]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subscribers", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--changes", type=int, default=5)
    given = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        all_systems(Path(folder), given.subscribers) as systems,
    ):
        asyncio.run(compare(systems, given.rounds, given.changes))
        print(f"| {given.subscribers} subscribers | half, ms | the last, ms | CPU, ms |")
        print("| --- | --: | --: | --: |")
        for system in systems:
            print(system.row())


if __name__ == "__main__":
    main()
