"""How long executions are kept, and which are never removed."""

import time

import pytest

from workspace_kernel.db import executions as rows
from workspace_kernel.db import repositories
from workspace_kernel.db import triggers as tables
from workspace_kernel.db.models import Panel, StoredTrigger, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.resources import ExecutionRecord
from workspace_kernel.services.retention import SURELY_KEPT_SECONDS, Retention, Span

pytestmark = pytest.mark.requirement("ker.store")

KEY, OTHER = PanelKey("w", "p"), PanelKey("w", "q")
HOUR = 3600.0
AGES = 1_000_000 * HOUR
"""Seconds that nothing is older than."""
ALL = Span(10_000, AGES)
"""What nothing here is beyond."""


@pytest.fixture
async def database(database_url):
    """A database with two panels in it."""
    opened = Database(database_url())
    await opened.open()
    await opened.write(
        repositories.add_workspace(Workspace(id="w", title="W", created_at=1)),
        *(
            repositories.add_panel(
                Panel(workspace_id="w", id=each, source_hash="0", created_at=1, updated_at=1)
            )
            for each in "pq"
        ),
    )
    yield opened
    await opened.close()


def stored(name: str, age: float = HOUR, key: PanelKey = KEY, *, ended: bool = True):
    """Return the write of an execution that began so many seconds ago."""
    result = ExecutionRecord(id=name, tool="t", ok=True, rev=0) if ended else None
    call = '{"tool":"t","args":[]}'
    return rows.add_execution(key, name, call, time.time() - age, result)


async def left(database, key: PanelKey = KEY) -> list[str]:
    """Return the executions of a panel, oldest first."""
    found = await database.read(lambda each: rows.executions(each, key, None, 10_000))
    return [row.request_id for row in found][::-1]


async def test_the_oldest_of_too_many_executions_of_a_panel_go_with_their_records(database):
    names = [f"r{number}" for number in range(450)]
    await database.write(
        *map(stored, names),
        *(rows.keep_record(KEY, name, 1, b"x") for name in names),
        stored("alone", key=OTHER),
    )
    await Retention(database, Span(3, AGES), ALL).sweep()
    assert await left(database) == names[-3:]
    assert await left(database, OTHER) == ["alone"]
    found = [
        name
        for name in names
        if await database.read(lambda each, name=name: rows.record_of(each, KEY, name))
    ]
    assert found == names[-3:]


async def test_executions_that_are_too_old_go_however_few_they_are(database):
    await database.write(stored("old", 3 * HOUR), stored("young", HOUR))
    await Retention(database, Span(10, 2 * HOUR), ALL).sweep()
    assert await left(database) == ["young"]


async def test_executions_of_the_last_minutes_stay_however_many_they_are(database):
    await database.write(
        stored("old", SURELY_KEPT_SECONDS + 60), *(stored(f"r{each}", 60) for each in range(5))
    )
    await Retention(database, Span(1, 1), ALL).sweep()
    assert await left(database) == [f"r{each}" for each in range(5)]


async def test_what_is_to_go_on_or_a_trigger_is_to_hear_of_stays_however_old(database):
    trigger = StoredTrigger(workspace_id="w", panel_id="p", id="t", declared="{}")
    await database.write(
        stored("waits", ended=False),
        *rows.keep_execution(KEY, "waits", b"image"),
        stored("cut off", ended=False),
        stored("heard of"),
        tables.add_trigger(trigger),
        tables.add_firing(KEY, "t", "heard of", "{}"),
        *(stored(f"r{each}") for each in range(250)),
    )
    await Retention(database, Span(1, 60), ALL).sweep()
    assert await left(database) == ["waits", "heard of"]
