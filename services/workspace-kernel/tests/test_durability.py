"""What was acknowledged outlives the process, however it ends."""

import signal
import subprocess

import httpx
import pytest

from workspace_kernel.serving import ServeError
from workspace_kernel.settings import Settings
from workspace_kernel.testing import served, wire

PANELS = "/api/workspaces/default/panels"


def state_of(process, panel: str) -> dict[str, object]:
    return get(process, f"{PANELS}/{panel}/state")["state"]


def get(process, path: str):
    return httpx.get(process.settings.address + path, trust_env=False).json()


@pytest.fixture
def running(process, source):
    """A kernel that runs, with a panel ``p``."""
    process.start()
    made = httpx.post(
        process.settings.address + PANELS, json={"id": "p", "source": source}, trust_env=False
    )
    assert made.status_code == 201
    return process


@pytest.mark.requirement("ker.store")
async def test_an_acknowledged_change_outlives_a_killed_kernel(running):
    async with wire(running.settings) as client:
        for number in range(5):
            await client.trigger("p", "add", request_id=f"t{number}")
        await client.send("SET", requestId="s", panelId="p", path="/draft", value="milk")
        await client.expect("RESULT", requestId="s")
        running.end(signal.SIGKILL)
    running.start()
    assert state_of(running, "p") == {"count": 5, "items": [], "draft": "milk"}


@pytest.mark.requirement("ker.store")
async def test_a_patch_that_was_shown_outlives_a_killed_kernel(running):
    async with wire(running.settings) as client:
        await client.subscribe("p")
        await client.send("TRIGGER", requestId="t", panelId="p", tool="add")
        await client.expect("PATCH", rev=1)
        running.end(signal.SIGKILL)
    running.start()
    assert state_of(running, "p")["count"] == 1


async def test_a_client_resumes_from_a_kernel_that_was_killed(running):
    async with wire(running.settings) as client:
        held = await client.subscribe("p")
        for number in range(3):
            await client.trigger("p", "add", request_id=f"t{number}")
        running.end(signal.SIGKILL)
    running.start()
    async with wire(running.settings) as back:
        await back.send("SUBSCRIBE", panelId="p", sinceRev=1, sourceHash=held["sourceHash"])
        assert [(await back.next())["rev"] for _ in range(2)] == [2, 3]


@pytest.mark.requirement("ker.ws")
async def test_a_trigger_repeated_after_a_restart_is_answered_as_before(running):
    async with wire(running.settings) as client:
        first = await client.trigger("p", "add", request_id="same")
        waited = await client.trigger("p", "wait", request_id="outside")
        running.end(signal.SIGKILL)
    running.start()
    async with wire(running.settings) as back:
        assert await back.trigger("p", "add", request_id="same") == first
        assert await back.trigger("p", "wait", request_id="outside") == waited
    assert state_of(running, "p")["count"] == 12


async def test_what_was_cut_off_before_it_was_put_away_is_not_run_again(running):
    async with wire(running.settings) as client:
        await client.send("TRIGGER", requestId="cut", panelId="p", tool="wait", args={"ms": 30_000})
        await client.expect("PROGRESS", requestId="cut")
        running.end(signal.SIGKILL)
    running.start()
    async with wire(running.settings) as back:
        for _ in range(2):
            again = await back.trigger("p", "wait", {"ms": 30_000}, request_id="cut")
            assert (again["ok"], again["error"]["code"]) == (False, "INTERRUPTED")
    assert state_of(running, "p")["count"] == 1


@pytest.mark.requirement("ker.git")
def test_a_saved_source_outlives_a_killed_kernel_and_git_agrees(running, source):
    changed = source.replace('title="Counter"', 'title="Meter"')
    saved = httpx.put(
        f"{running.settings.address}{PANELS}/p", json={"source": changed}, trust_env=False
    )
    assert saved.status_code == 200
    running.end(signal.SIGKILL)
    repository = running.settings.data / "workspaces" / "default"
    checked = subprocess.run(
        ["git", "-C", str(repository), "fsck", "--strict"], capture_output=True, text=True
    )
    assert (checked.returncode, checked.stdout) == (0, "")
    running.start()
    shown = subprocess.run(
        ["git", "-C", str(repository), "show", "HEAD:panels/p.nxml"],
        capture_output=True,
        text=True,
    )
    assert shown.stdout == changed
    assert get(running, f"{PANELS}/p")["title"] == "Meter"


async def test_what_waits_when_a_kernel_is_asked_to_end_comes_to_its_end_in_it_or_the_next(running):
    async with wire(running.settings) as client:
        await client.send("TRIGGER", requestId="w", panelId="p", tool="wait", args={"ms": 300})
        await client.expect("PROGRESS", requestId="w")
        running.end(signal.SIGTERM)
    running.start()
    async with wire(running.settings) as client:
        await client.send("TRIGGER", requestId="w", panelId="p", tool="wait", args={"ms": 300})
        assert (await client.expect("RESULT", requestId="w"))["ok"]
    assert state_of(running, "p")["count"] == 11


# ---- ended in order, in this process


@pytest.fixture
def settings(tmp_path):
    """The settings of a kernel on a data folder of its own."""
    return Settings(data=tmp_path / "data")


def make(serving: Settings, source: str) -> None:
    made = httpx.post(serving.address + PANELS, json={"id": "p", "source": source}, trust_env=False)
    assert made.status_code == 201


def recovered_state(serving: Settings) -> object:
    return httpx.get(f"{serving.address}{PANELS}/p/state", trust_env=False).json()


def ids(serving: Settings) -> set[str]:
    answer = httpx.get(f"{serving.address}{PANELS}?limit=200", trust_env=False)
    return {each["id"] for each in answer.json()["items"]}


def test_a_source_committed_by_hand_is_found_at_the_next_start(settings, source):
    with served(settings) as serving:
        make(serving, source)
    repository = settings.data / "workspaces" / "default"
    (repository / "panels" / "by-hand.nxml").write_text(source)
    git = ["git", "-C", str(repository), "-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([*git, "rm", "-q", "panels/p.nxml"], check=True)
    subprocess.run([*git, "add", "."], check=True)
    subprocess.run([*git, "commit", "-qm", "Add a panel by hand"], check=True)
    with served(settings) as serving:
        assert "by-hand" in ids(serving)
        assert "p" not in ids(serving)


def test_samples_that_were_deleted_stay_deleted(settings):
    with served(settings) as serving:
        httpx.delete(f"{serving.address}{PANELS}/notes", trust_env=False)
    with served(settings) as serving:
        assert "notes" not in ids(serving)


async def test_hundreds_of_changes_are_recovered_from_snapshots_and_log(settings, source):
    with served(settings) as serving:
        make(serving, source)
        async with wire(serving) as client:
            for number in range(450):
                await client.send(
                    "SET", requestId=f"s{number}", panelId="p", path="/count", value=number
                )
                await client.expect("RESULT", requestId=f"s{number}")
    with served(settings) as serving:
        recovered = recovered_state(serving)
    assert recovered == {
        "rev": 450,
        "oldestRev": 0,
        "state": {"count": 449, "items": [], "draft": ""},
        "computed": {"double": 898},
    }


def test_a_second_kernel_on_the_same_folder_is_refused(settings):
    with (
        served(settings),
        pytest.raises(ServeError, match="Another kernel uses the data folder"),
        served(settings),
    ):
        pass
