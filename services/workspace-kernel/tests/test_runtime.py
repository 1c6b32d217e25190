"""Which panels run: as many as may, and those in use before those that are not."""

import asyncio
import contextlib
import gc
import sqlite3

import httpx
import pytest

from workspace_kernel import kernel
from workspace_kernel.errors import KernelError
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import served, wire

PANELS = "/api/workspaces/default/panels"


@pytest.fixture
def small(tmp_path):
    """A kernel in which two panels may run."""
    with served(Settings(data=tmp_path / "data", max_panels=2)) as serving:
        yield serving


def running(serving: Settings) -> set[str]:
    listed = httpx.get(f"{serving.address}{PANELS}?limit=200", trust_env=False).json()["items"]
    return {each["id"] for each in listed if each["running"]}


def use(serving: Settings, panel: str) -> int:
    return httpx.get(f"{serving.address}{PANELS}/{panel}/state", trust_env=False).status_code


@pytest.mark.requirement("ker.panels")
def test_a_panel_runs_from_its_first_use(small):
    assert running(small) == set()
    use(small, "notes")
    assert running(small) == {"notes"}


@pytest.mark.requirement("ker.panels")
def test_the_panel_that_was_idle_longest_makes_room(small):
    for panel in ("notes", "tasks", "notes", "chat"):
        assert use(small, panel) == 200
    assert running(small) == {"notes", "chat"}


@pytest.mark.requirement("ker.panels")
async def test_a_panel_that_somebody_follows_does_not_make_room(small):
    async with wire(small) as client:
        await client.subscribe("notes")
        await client.subscribe("tasks")
        await client.send("SUBSCRIBE", panelId="chat")
        refused = await client.expect("ERROR")
        assert refused["code"] == "UNAVAILABLE"
        assert "max_panels" in refused["message"]


async def test_a_panel_that_made_room_wakes_with_its_state(small):
    async with wire(small) as client:
        await client.send("SET", requestId="s", panelId="notes", path="/draft", value="milk")
        await client.expect("RESULT")
    for panel in ("tasks", "chat"):
        use(small, panel)
    assert "notes" not in running(small)
    async with wire(small) as client:
        assert (await client.subscribe("notes"))["state"]["draft"] == "milk"


@pytest.mark.requirement("ker.store")
async def test_a_panel_whose_write_failed_starts_again_from_its_log(tmp_path):
    settings = Settings(data=tmp_path / "data")
    with served(settings) as serving, sqlite3.connect(settings.data / "nexus.db") as database:
        async with wire(serving) as client:
            await client.subscribe("notes")
            await client.send("SET", requestId="a", panelId="notes", path="/draft", value="kept")
            await client.expect("RESULT", requestId="a")
            database.execute(
                "CREATE TRIGGER full BEFORE INSERT ON change "
                "BEGIN SELECT RAISE(ABORT, 'disk full'); END"
            )
            await client.send("SET", requestId="b", panelId="notes", path="/draft", value="lost")
            refused = await client.expect("ERROR", requestId="b")
            assert refused["code"] == "UNAVAILABLE"
            database.execute("DROP TRIGGER full")
            await client.send("SET", requestId="c", panelId="notes", path="/filter", value="on")
            anew = await client.expect("PANEL")
            assert (anew["state"]["draft"], anew["rev"]) == ("kept", 1)
            assert (await client.expect("RESULT", requestId="c"))["rev"] == 2
    database.close()


async def test_a_database_that_does_not_answer_is_a_typed_error(tmp_path):
    settings = Settings(data=tmp_path / "data")
    with served(settings) as serving, sqlite3.connect(settings.data / "nexus.db") as database:
        async with wire(serving) as client:
            await client.subscribe("notes")
            database.execute("ALTER TABLE execution RENAME TO gone")
            await client.send("TRIGGER", requestId="a", panelId="notes", tool="addNote")
            assert (await client.expect("ERROR", requestId="a"))["code"] == "UNAVAILABLE"
    database.close()


async def test_asking_for_panels_that_are_not_there_leaves_nothing_behind(tmp_path):
    def locks() -> int:
        gc.collect()
        return sum(isinstance(each, asyncio.Lock) for each in gc.get_objects())

    async with kernel.running(Settings(data=tmp_path, demo=False), Telemetry()) as running_kernel:
        panels = running_kernel.workspaces.panels("default")
        before = locks()
        for number in range(100):
            with contextlib.suppress(KernelError):
                async with panels.use(f"none-{number}"):
                    pass
        assert locks() == before
