"""Which panels run: as many as may, and those in use before those that are not."""

import httpx
import pytest

from workspace_kernel.settings import Settings
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
