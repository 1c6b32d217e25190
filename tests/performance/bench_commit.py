"""Acknowledged changes and executions a second, on both databases, beside what those can do.

Prints two Markdown tables. The floors are the bare drivers writing the same rows: each in a
transaction of its own, and as many in one as there are panels. Everything waits for the disk:
SQLite with ``synchronous=FULL``, PostgreSQL with ``fsync``; how often the disk can be waited for
is measured in the same run.
"""

import argparse
import asyncio
import itertools
import logging
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from pydantic import SecretStr

from nexus_protocol import Change
from nexus_protocol.patches import Cause, Replace
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.kernel import running
from workspace_kernel.resources import NewPanel
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import postgresql

PANELS = (1, 10, 100)
SOURCE = """<NexusPanel title="Counter">
  <Data><State name="n" type="number" default="0"/></Data>
  <Logic><Tool name="add"><Handler>$state.n += 1;</Handler></Tool></Logic>
  <View><Text content="{$state.n}"/></View>
</NexusPanel>"""
ALONE = 50
"""Executions whose transactions are counted."""
TURNS = 8
NUMBERS = itertools.count(10**6)
"""Revisions and requests that nobody has yet."""

COLUMNS = "workspace_id, panel_id, rev, ops, cause, cause_id, at"


def change(rev: int) -> Change:
    """Return a change as a field of a form makes it."""
    ops = (Replace(path="/n", value=rev),)
    cause = Cause(kind="binding", id=f"request-{rev}")
    return Change(rev=rev, base_rev=rev - 1, ops=ops, cause=cause, at=time.time())


async def at_once(
    panels: int, seconds: float, write: Callable[[int, int], Awaitable[Any]]
) -> float:
    """Return how many a second are done, one after the other for each of the panels."""
    until = time.perf_counter() + seconds
    done = 0

    async def one(panel: int) -> None:
        nonlocal done
        for rev in itertools.count(1):
            await write(panel, rev)
            done += 1
            if time.perf_counter() > until:
                return

    began = time.perf_counter()
    await asyncio.gather(*(one(panel) for panel in range(panels)))
    return done / (time.perf_counter() - began)


async def logged(url: str, panels: int, seconds: float) -> float:
    """Write changes to the log, without panels that run."""
    database = Database(url)
    await database.open()
    now = time.time()
    await database.write(repositories.add_workspace(Workspace(id="w", title="W", created_at=now)))
    rows = [
        Panel(workspace_id="w", id=f"p{each}", source_hash="", created_at=now, updated_at=now)
        for each in range(panels)
    ]
    await database.write(*map(repositories.add_panel, rows))
    keys = [PanelKey("w", row.id) for row in rows]

    async def write(panel: int, rev: int) -> None:
        await database.write(repositories.append_change(keys[panel], change(rev)))

    try:
        return await at_once(panels, seconds, write)
    finally:
        await database.close()


@dataclass(frozen=True, slots=True)
class Served:
    """What a kernel acknowledged."""

    changes: float
    """A second, of two-way bindings."""
    executions: float
    """A second, of a tool that makes one change."""
    transactions: float
    """For each of those executions, one after the other on one panel."""


async def served(url: str, panels: int, seconds: float) -> Served:
    """Change the state of panels that run in a kernel, and run their tools."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(
            data=Path(folder), database_url=SecretStr(url), demo=False, max_panels=max(PANELS)
        )
        telemetry = Telemetry()
        async with running(settings, telemetry) as kernel:
            of_default = kernel.workspaces.panels("default")
            for each in range(panels):
                await of_default.create(NewPanel(id=f"p{each}", source=SOURCE))

            async def write(panel: int, rev: int) -> None:
                async with of_default.use(f"p{panel}") as opened:
                    await (await opened.write(f"request-{next(NUMBERS)}", "/n", rev))

            async def execute(panel: int, _: int) -> None:
                async with of_default.use(f"p{panel}") as opened:
                    await (await opened.call(ToolRequest(f"execution-{next(NUMBERS)}", "add", {})))

            await asyncio.gather(*(write(panel, 0) for panel in range(panels)))
            # In turns, for the disk is not the same from one second to the next.
            changes = executions = 0.0
            for _ in range(TURNS):
                changes += await at_once(panels, seconds / TURNS, write) / TURNS
                executions += await at_once(panels, seconds / TURNS, execute) / TURNS
            before = _transactions(telemetry)
            for each in range(ALONE):
                await execute(0, each)
            transactions = (_transactions(telemetry) - before) / ALONE
            return Served(changes, executions, transactions)


def _transactions(telemetry: Telemetry) -> float:
    return telemetry.registry.get_sample_value("nexus_commit_seconds_count") or 0.0


# ---- floors


def row(number: int) -> tuple[Any, ...]:
    """Return the row of a change, with its JSON made anew as the kernel has to."""
    _, values = repositories.append_change(PanelKey("w", "p0"), change(number))
    return tuple(values.values())


def bare_sqlite(path: Path, batch: int, seconds: float) -> float:
    """Write the rows with the standard library."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        return bare(
            connection, f"INSERT INTO change ({COLUMNS}) VALUES (?,?,?,?,?,?,?)", batch, seconds
        )


def bare_postgresql(url: str, batch: int, seconds: float) -> float:
    """Write the rows with psycopg."""
    with psycopg.connect(url, autocommit=True) as connection:
        statement = f"INSERT INTO change ({COLUMNS}) VALUES (%s,%s,%s,%s,%s,%s,%s)"
        return bare(connection, statement, batch, seconds)


def bare(connection: Any, statement: str, batch: int, seconds: float) -> float:
    """Return how many rows a second a driver commits, so many in a transaction."""
    cursor = connection.cursor()
    began = time.perf_counter()
    until, done = began + seconds, 0
    while time.perf_counter() < until:
        cursor.execute("BEGIN")
        cursor.executemany(statement, [row(next(NUMBERS)) for _ in range(batch)])
        cursor.execute("COMMIT")
        done += batch
    return done / (time.perf_counter() - began)


def fdatasyncs(folder: Path, seconds: float) -> tuple[float, float]:
    """Return how often the disk can be waited for in a second, and the median milliseconds."""
    times: list[float] = []
    with (folder / "probe").open("wb", buffering=0) as file:
        until = time.perf_counter() + seconds
        while (began := time.perf_counter()) < until:
            file.write(b"x" * 4096)
            os.fdatasync(file.fileno())
            times.append(time.perf_counter() - began)
    return len(times) / sum(times), statistics.median(times) * 1000


def measure(name: str, make: Callable[[], str], floor: Callable[[str, int, float], float],
            seconds: float) -> None:  # fmt: skip
    """Print the row of each number of panels."""
    for panels in PANELS:
        url = make()
        log = asyncio.run(logged(url, panels, seconds))
        one, batched = floor(url, 1, seconds), floor(url, panels, seconds)
        kernel = asyncio.run(served(make(), panels, seconds))
        print(
            f"| {name} | {panels} | {kernel.changes:,.0f} | {kernel.executions:,.0f} "
            f"| {kernel.executions / kernel.changes:.2f} | {kernel.transactions:.1f} "
            f"| {log:,.0f} | {one:,.0f} | {batched:,.0f} | {log / batched:.2f} |",
            flush=True,
        )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3)
    seconds = parser.parse_args().seconds
    logging.disable()  # What is said of this SQLite is known.
    numbers = itertools.count()
    with tempfile.TemporaryDirectory() as name, postgresql(durable=True) as create:
        folder = Path(name)
        rate, median = fdatasyncs(folder, seconds)
        print(f"The disk can be waited for {rate:,.0f} times a second (median {median:.2f} ms).\n")
        print("| | panels at once | kernel, changes/s | executions/s | to changes "
              "| commits for one | log, changes/s "
              "| bare, one a commit | bare, batched | log to batched |")  # fmt: skip
        print("| --- | --: | --: | --: | --: | --: | --: | --: | --: | --: |")
        measure(
            "SQLite",
            lambda: f"sqlite:///{folder}/{next(numbers)}.db",
            lambda url, *how: bare_sqlite(Path(url.removeprefix("sqlite:///")), *how),
            seconds,
        )
        measure("PostgreSQL", lambda: create(f"bench{next(numbers)}"), bare_postgresql, seconds)
        rate, median = fdatasyncs(folder, seconds)
        print(f"\nAt the end {rate:,.0f} times a second (median {median:.2f} ms).")


if __name__ == "__main__":
    main()
