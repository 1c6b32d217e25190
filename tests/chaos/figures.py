"""The figures W1, W2, W3, W5 and W6 of the wire, and its abuse: each fails when it is missed.

`python tests/chaos/figures.py W1 [W2 …] [--deep] [--part 0.1] [--seed N]`, from any folder. Each
prints what it did as a table, with its seed. Without `--deep` it is a look that takes seconds;
`--part` makes so much of the deep one. W2 and W5 measure time and want a quiet machine.

W1  through breaks and kernel kills: same state on both sides, nothing lost, doubled or reordered
W2  a client that reads nothing costs the others nothing
W3  clients that connect and vanish leave nothing behind
W5  many clients, patches at a steady rate: no gap, and quick
W6  a request made twice, across a reconnect and a restart: one execution, the same answer
WS  the corpus of abuse of a WebSocket, whole
"""

import argparse
import asyncio
import secrets
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).parent.parent))

from chaos import abuse, load, requests, storm
from chaos.storm import Size

from workspace_kernel.testing import postgresql


@dataclass(frozen=True, slots=True)
class Effort:
    """How hard a figure is tried."""

    random: Random
    deep: bool = False
    part: float = 1.0

    def of(self, quick: int, deep: int) -> int:
        """Return how much of something is done."""
        return max(quick, round(deep * self.part)) if self.deep else quick


Rows = dict[str, object]
Result = tuple[Rows, list[str]]
"""What is printed, and what is amiss."""


async def w1(effort: Effort) -> Result:
    """Blow a storm over a kernel on SQLite, and in the deep form a smaller one on PostgreSQL."""
    size = Size(
        clients=effort.of(4, 100),
        patches=effort.of(40, 20_000),
        breaks=effort.of(8, 10_000),
        kills=effort.of(1, 50),
    )
    with tempfile.TemporaryDirectory() as folder:
        rows, wrong = await storm.storm(Path(folder) / "data", size, effort.random)
    if effort.deep:
        size = Size(clients=4, patches=effort.of(40, 2_000), breaks=20, kills=effort.of(1, 5))
        with tempfile.TemporaryDirectory() as folder, postgresql() as create:
            there = await storm.storm(
                Path(folder) / "data", size, effort.random, NEXUS_DATABASE_URL=create("storm")
            )
        rows |= {f"PostgreSQL: {name}": value for name, value in there[0].items()}
        wrong += there[1]
    return dict(rows), wrong


async def w2(effort: Effort) -> Result:
    """Let one client stall beside others, and compare with what is without it."""
    with tempfile.TemporaryDirectory() as folder:
        rounds, patches = effort.of(1, 5), effort.of(150, 400)
        return await load.stalled(Path(folder), rounds, patches, timed=effort.deep)


async def w3(effort: Effort) -> Result:
    """Connect, begin something, and vanish; then see what the kernel still holds."""
    with tempfile.TemporaryDirectory() as folder:
        return await load.vanishing(Path(folder), effort.of(60, 1000), effort.random)


async def w5(effort: Effort) -> Result:
    """Tell many clients of patches at a steady rate."""
    with tempfile.TemporaryDirectory() as folder:
        return await load.steady(
            Path(folder),
            clients=effort.of(20, 200),
            seconds=effort.of(3, 600),
            most_ms=25 if effort.deep else None,
        )


async def w6(effort: Effort) -> Result:
    """Make each kind of request again and again across reconnects and restarts."""
    restarts = effort.of(1, 10)
    with tempfile.TemporaryDirectory() as folder:
        rows, wrong = await requests.again(Path(folder) / "data", restarts, effort.random)
    if effort.deep:
        with tempfile.TemporaryDirectory() as folder, postgresql() as create:
            there = await requests.again(
                Path(folder) / "data", restarts, effort.random, NEXUS_DATABASE_URL=create("again")
            )
        rows |= {f"PostgreSQL: {name}": value for name, value in there[0].items()}
        wrong += there[1]
    return rows, wrong


async def ws(effort: Effort) -> Result:
    """Abuse sockets in every way of the corpus."""
    with tempfile.TemporaryDirectory() as folder:
        return await abuse.abuse(Path(folder), effort.deep)


FIGURES: dict[str, Callable[[Effort], Coroutine[None, None, Result]]] = {
    "W1": w1, "W2": w2, "W3": w3, "W5": w5, "W6": w6, "WS": ws,
}  # fmt: skip


def report(name: str, effort: Effort, seed: int) -> bool:
    """Try a figure, print its table, and tell whether it is reached."""
    began = time.monotonic()
    rows, found = asyncio.run(FIGURES[name](effort))
    title = (FIGURES[name].__doc__ or "").splitlines()[0]
    print(f"\n{name}: {title} (seed {seed}, {time.monotonic() - began:.0f} s)\n")
    print("| | |\n| --- | --- |")
    for label, value in rows.items():
        print(f"| {label} | {value} |")
    for each in found[:20]:
        print(f"MISSED: {each[:400]}")
    print(f"{name}: {'MISSED' if found else 'reached'}", flush=True)
    return not found


def main() -> int:
    """Run as told by the command line."""
    parser = argparse.ArgumentParser(description="The wire's figures.")
    parser.add_argument("figures", nargs="*", metavar="FIGURE", help=f"of {', '.join(FIGURES)}")
    parser.add_argument("--deep", action="store_true", help="a proof rather than a look")
    parser.add_argument("--part", type=float, default=1.0, help="so much of the deep form")
    parser.add_argument("--seed", type=int, default=None, help="of the random generator")
    given = parser.parse_args()
    unknown = [name for name in given.figures if name not in FIGURES]
    if unknown:
        parser.error(f"no figure is named {', '.join(unknown)}")
    seed = secrets.randbits(32) if given.seed is None else given.seed
    reached = [
        report(name, Effort(Random(seed), given.deep, given.part), seed)
        for name in given.figures or FIGURES
    ]
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
