"""How panels live: stopped, started, put to sleep, reloaded, copied; and what is kept of it."""

import asyncio
import os
import subprocess
import time
from functools import partial
from pathlib import Path

import httpx
import pytest

from nexus_core.notices import Waiting
from nexus_protocol import Json
from workspace_kernel.db import retention
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.kernel import Kernel, running
from workspace_kernel.resources import NewPanel, PanelDraft, PanelState, Undo
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.services.journal import SNAPSHOT_BYTES, SNAPSHOT_EVERY
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import PATIENCE, ManualClock, served, wire

PANELS = "/api/workspaces/default/panels"


def hooks(code: str = "") -> str:
    return f"""
<NexusPanel title="Hooks">
  <Data>
    <State name="n" type="number" default="0"/><State name="log" type="list" default="[]"/>
    <State name="old" type="string" default="kept"/>
  </Data>
  <Logic>
    <Extension name="nexus.timer"/>
    <Lifecycle on="mount"><Handler>$state.log.push("mount");</Handler></Lifecycle>
    <Lifecycle on="unmount"><Handler>$state.log.push("unmount");</Handler></Lifecycle>
    <Tool name="add"><Handler>$state.n += 1; {code} return $state.n;</Handler></Tool>
    <Tool name="sleep"><Handler>await $ext.timer.sleep(60000);</Handler></Tool>
  </Logic>
</NexusPanel>
"""


@pytest.fixture
def clock():
    return ManualClock()


@pytest.fixture
def settings(tmp_path):
    return Settings(data=tmp_path / "data", demo=False, git_seconds=3600)


def client_of(settings: Settings) -> httpx.Client:
    return httpx.Client(base_url=settings.address, trust_env=False, timeout=PATIENCE)


# ---- stopped and started


@pytest.mark.requirement("ker.panels")
def test_a_panel_is_created_active_stopped_and_active_again(http, panels, make_panel):
    panel = f"{panels}/{make_panel(hooks())}"
    assert http.get(panel).json()["status"] == "created"
    http.post(f"{panel}/tools/add", json={}).raise_for_status()
    assert http.get(panel).json()["status"] == "active"
    stopped = http.post(f"{panel}/stop").json()
    assert (stopped["status"], stopped["running"]) == ("stopped", False)
    refused = http.post(f"{panel}/tools/add", json={})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert http.post(f"{panel}/start").json()["status"] == "active"
    state = http.get(f"{panel}/state").json()["state"]
    assert (state["n"], state["log"]) == (1, ["mount", "unmount", "mount"])


@pytest.mark.requirement("ker.panels")
def test_stopping_and_starting_twice_changes_nothing(http, panels, make_panel):
    panel = f"{panels}/{make_panel()}"
    for _ in range(2):
        assert http.post(f"{panel}/stop").json()["status"] == "stopped"
    for _ in range(2):
        assert http.post(f"{panel}/start").json()["status"] == "active"


@pytest.mark.requirement("ker.panels")
async def test_a_stopped_panel_stays_stopped_over_a_restart(settings, clock):
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=hooks()))
        await panels.stop("p")
    async with running(settings, Telemetry(), clock) as kernel:
        (shown,) = (await kernel.workspaces.panels("default").page(None, 10)).items
        assert shown.status == "stopped"


@pytest.mark.requirement("ker.panels")
def test_a_panel_whose_source_was_broken_outside_says_why(tmp_path):
    settings = Settings(data=tmp_path, demo=False, git_seconds=3600)
    with served(settings) as serving, client_of(serving) as client:
        client.post(PANELS, json={"id": "p", "source": hooks()}).raise_for_status()
        client.get(f"{PANELS}/p/history").raise_for_status()
        file = tmp_path / "workspaces" / "default" / "panels" / "p.nxml"
        file.write_text(hooks("}{"))
        shown = client.get(f"{PANELS}/p").json()
        assert (shown["status"], bool(shown["problem"])) == ("error", True)
        file.write_text(hooks())
        shown = client.get(f"{PANELS}/p").json()
        assert (shown["status"], shown.get("problem")) == ("created", None)


# ---- asleep


@pytest.mark.requirement("ker.panels")
async def test_a_panel_that_nobody_uses_sleeps_and_wakes_as_it_was(settings, clock):
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=hooks()))
        async with panels.use("p") as panel:
            await (await panel.call(ToolRequest("a", "add", ())))
        clock.advance(settings.idle_sleep_seconds - 1)
        await kernel.runtime.sleep_idle()
        assert (await panels.read("p")).status == "active"
        clock.advance(1)
        await kernel.runtime.sleep_idle()
        assert (await panels.read("p")).status == "suspended"
        async with panels.use("p") as panel:
            woken = await panel.whole_state()
        assert (woken.rev, woken.state["n"]) == (4, 1)
        assert woken.state["log"] == ["mount", "unmount", "mount"]


PLAIN = """
<NexusPanel title="Plain">
  <Data>
    <State name="n" type="number" default="0"/><State name="text" type="string" default="-"/>{}
  </Data>
  <View><Text content="{{$state.n}}"/></View>
</NexusPanel>
"""
ONE_MORE = '<State name="more" type="number" default="7"/>'


@pytest.fixture
async def lone(settings, clock):
    """A kernel with a panel ``p``."""
    async with running(settings, Telemetry(), clock) as kernel:
        source = PLAIN.format("")
        await kernel.workspaces.panels("default").create(NewPanel(id="p", source=source))
        yield kernel


async def wake(kernel: Kernel, clock: ManualClock, path: str = "/n", *values: Json) -> PanelState:
    """Wake the panel, write one value after the other, and let it sleep; returns its state."""
    async with kernel.workspaces.panels("default").use("p") as panel:
        for value in values:
            await (await panel.write(f"w{panel.rev}", path, value))
        state = await panel.whole_state()
    clock.advance(kernel.settings.idle_sleep_seconds)
    await kernel.runtime.sleep_idle()
    return state


async def snapshots(kernel: Kernel) -> list[int]:
    """Return the revisions of the panel at which its whole state is stored."""
    key = PanelKey("default", "p")
    return [
        mark.rev
        for mark in await kernel.database.read(lambda each: retention.oldest_marks(each, key, 100))
    ]


@pytest.mark.requirement("ker.store")
async def test_a_panel_is_stored_whole_every_200_changes_however_often_it_wakes(lone, clock):
    for wakes in range(9):
        await wake(lone, clock, "/n", *range(25 * wakes, 25 * wakes + 25))
    assert await snapshots(lone) == [0, SNAPSHOT_EVERY]
    woken = await wake(lone, clock)
    assert (woken.rev, woken.state["n"]) == (225, 224)


@pytest.mark.requirement("ker.store")
async def test_a_panel_is_stored_whole_when_its_changes_took_as_much_as_it(lone, clock):
    for letter in "abcdefgh":
        await wake(lone, clock, "/text", letter * (SNAPSHOT_BYTES // 2))
    assert await snapshots(lone) == [0, 2, 4, 6, 8]
    await wake(lone, clock, "/text", "i" * (3 * SNAPSHOT_BYTES))
    for number in range(3):
        await wake(lone, clock, "/text", str(number) * SNAPSHOT_BYTES)
    assert await snapshots(lone) == [0, 2, 4, 6, 8, 9, 12]


@pytest.mark.requirement("ker.store")
async def test_what_an_edit_makes_of_a_sleeping_panel_is_stored_with_its_next_change(lone, clock):
    await wake(lone, clock, "/n", 1)
    panels = lone.workspaces.panels("default")
    await panels.save("p", PanelDraft(source=PLAIN.format(ONE_MORE)), None)
    assert (await wake(lone, clock)).state == {"n": 1, "text": "-", "more": 7}
    await wake(lone, clock, "/n", 2)
    await wake(lone, clock, "/n", 3)
    assert await snapshots(lone) == [0, 2]
    woken = await wake(lone, clock)
    assert (woken.rev, woken.state) == (3, {"n": 3, "text": "-", "more": 7})


@pytest.mark.requirement("ker.panels")
async def test_a_panel_that_somebody_follows_does_not_sleep(settings, clock):
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=hooks()))
        async with panels.use("p") as panel:
            stop = panel.listen(lambda notice: None)
        clock.advance(10 * settings.idle_sleep_seconds)
        await kernel.runtime.sleep_idle()
        assert (await panels.read("p")).status == "active"
        stop()
        await kernel.runtime.sleep_idle()
        assert (await panels.read("p")).status == "suspended"


# ---- the end


@pytest.mark.requirement("ker.panels")
async def test_a_kernel_does_not_wait_for_what_goes_on_when_it_starts_again(tmp_path, clock):
    settings = Settings(data=tmp_path, demo=False, drain_seconds=600, suspend_after_ms=0)
    waits: list[object] = []
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=hooks()))
        async with panels.use("p") as panel:
            panel.listen(lambda notice: isinstance(notice, Waiting) and waits.append(notice))
            answer = await panel.call(ToolRequest("a", "sleep", ()))
        began = time.monotonic()
    # Ten minutes are given to what would be lost.
    assert time.monotonic() - began < settings.drain_seconds
    assert answer.exception().code == "UNAVAILABLE"
    assert len(waits) == 1


@pytest.mark.requirement("ker.panels")
async def test_who_hears_that_a_panel_is_gone_finds_it_gone(lone):
    panels = lone.workspaces.panels("default")
    found: list[asyncio.Task[object]] = []
    async with panels.use("p") as panel:
        panel.listen(lambda _: found.append(asyncio.create_task(panels.page(None, 10))))
    await panels.delete("p")
    assert [(await each).items for each in found] == [()]


# ---- looking back


@pytest.mark.requirement("ker.panels")
@pytest.mark.requirement("run.changes")
async def test_the_first_change_of_a_panel_is_taken_back_after_a_restart(settings, clock, source):
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=source))
        async with panels.use("p") as panel:
            await (await panel.write("w", "/draft", "new"))
    async with running(settings, Telemetry(), clock) as kernel:
        panels = kernel.workspaces.panels("default")
        async with panels.use("p") as panel:
            assert (await panel.whole_state(0)).state["draft"] == ""
            assert await (await panel.undo("u", Undo())) == 2
            assert panel.state["draft"] == ""


@pytest.mark.requirement("ker.panels")
def test_what_was_taken_back_is_made_anew(http, panels, panel):
    path = f"{panels}/{panel}"
    for _ in range(2):
        http.post(f"{path}/tools/add", json={}).raise_for_status()
    assert http.post(f"{path}/undo", json={}).json() == {"rev": 3}
    key = {"idempotency-key": "again"}
    assert http.post(f"{path}/redo", headers=key).json() == {"rev": 4}
    assert http.post(f"{path}/redo", headers=key).json() == {"rev": 4}
    counts = [http.get(f"{path}/state?rev={rev}").json()["state"]["count"] for rev in range(5)]
    assert counts == [0, 1, 2, 1, 2]
    assert http.post(f"{path}/redo").status_code == 404


@pytest.mark.requirement("ker.panels")
def test_handlers_of_the_life_of_a_panel_are_listed_with_their_metrics_and_run_again(
    http, panels, make_panel
):
    path = f"{panels}/{make_panel(hooks())}"
    http.post(f"{path}/start").raise_for_status()
    http.post(f"{path}/stop").raise_for_status()
    listed = http.get(f"{path}/executions").json()["items"]
    assert [(each["tool"], each["lifecycle"]) for each in listed] == [
        ("unmount", True), ("mount", True),
    ]  # fmt: skip
    metrics = listed[0]["execution"]["metrics"]
    assert metrics.keys() >= {"durationMs", "computeMs", "memoryBytes", "segments", "requests"}
    replayed = http.post(f"{path}/executions/{listed[1]['id']}/replay", json={}).json()
    assert (replayed["identical"], replayed["changed"]) == (True, False)


def test_a_request_may_not_be_called_like_one_of_a_trigger(http, panels, panel):
    key = {"idempotency-key": "trigger:1:0123456789abcdef:1"}
    answer = http.post(f"{panels}/{panel}/tools/add", json={}, headers=key)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "BAD_REQUEST")


# ---- hot reload

OTHER = """
<NexusPanel title="Hooks">
  <Data>
    <State name="n" type="number" default="100"/>
    <State name="log" type="string" default="text now"/>
    <State name="fresh" type="boolean" default="true"/>
  </Data>
  <Logic><Tool name="add"><Handler>$state.n += 10; return $state.n;</Handler></Tool></Logic>
</NexusPanel>
"""
RELOADED = {"n": 1, "log": "text now", "fresh": True}
"""The number kept its name and type, the list did not keep its type, the text went."""


@pytest.mark.requirement("ker.panels")
@pytest.mark.parametrize("by", ["rest", "git"])
async def test_another_source_keeps_the_state_whose_names_and_types_remain(tmp_path, by):
    settings = Settings(data=tmp_path, demo=False, git_seconds=0.05, save_delay_ms=0)
    with served(settings) as serving, client_of(serving) as client:
        await asyncio.to_thread(client.post, PANELS, json={"id": "p", "source": hooks()})
        async with wire(serving) as follower:
            await follower.subscribe("p")
            await follower.trigger("p", "add")
            save = partial(client.put, f"{PANELS}/p", json={"source": OTHER})
            commit = partial(commit_outside, tmp_path / "workspaces" / "default")
            await asyncio.to_thread(save if by == "rest" else commit)
            assert (await follower.expect("PANEL"))["state"] == RELOADED
            assert (await follower.trigger("p", "add", request_id="r2"))["value"] == 11
        shown = await asyncio.to_thread(client.get, f"{PANELS}/p/state")
        assert shown.json()["state"] == {**RELOADED, "n": 11}


def commit_outside(root: Path) -> None:
    """Commit another source with stock git."""
    (root / "panels" / "p.nxml").write_text(OTHER)
    author = ["-c", "user.name=O", "-c", "user.email=o@example.test"]
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull}
    command = ["git", "-C", str(root), *author, "commit", "--quiet", "-am", "Outside"]
    subprocess.run(command, check=True, env=environment)


# ---- templates and copies


@pytest.mark.requirement("ker.templates")
def test_a_panel_is_made_of_each_template_with_its_title(http, panels):
    title = 'A "first" & <only> panel of {$state.x}'
    found = http.get("/api/templates").json()["items"]
    assert {each["name"]: each["icon"] for each in found} == {
        "blank": "file",
        "counter": "counter",
        "dashboard": "dashboard",
        "form": "form",
        "list": "list",
    }
    for name in (each["name"] for each in found):
        made = http.post(panels, json={"id": f"of-{name}", "template": name, "title": title})
        assert (made.status_code, made.json()["title"]) == (201, title)
        assert made.json()["diagnostics"] == []
        http.delete(f"{panels}/of-{name}").raise_for_status()


@pytest.mark.requirement("ker.templates")
def test_a_copy_of_a_panel_begins_anew_or_with_the_state_of_the_other(http, panels, panel):
    http.post(f"{panels}/{panel}/tools/add", json={}).raise_for_status()
    for name, more, count in (("anew", {}, 0), ("alike", {"withState": True}, 1)):
        new = {"id": f"{panel}-{name}", "copyOf": panel, **more}
        assert http.post(panels, json=new).status_code == 201
        assert http.get(f"{panels}/{panel}-{name}/state").json()["state"]["count"] == count
    sources = {http.get(f"{panels}/{each}").json()["source"] for each in (panel, f"{panel}-anew")}
    assert len(sources) == 1


@pytest.mark.requirement("ker.templates")
@pytest.mark.parametrize(
    ("new", "status"),
    [
        ({"template": "none"}, 404),
        ({"copyOf": "none"}, 404),
        ({}, 422),
        ({"template": "blank", "source": "<NexusPanel/>"}, 422),
    ],
)
def test_a_panel_is_made_of_one_thing_that_is_there(http, panels, new, status):
    assert http.post(panels, json={"id": "nothing", **new}).status_code == status


@pytest.mark.requirement("ker.templates")
def test_a_workspace_begins_with_the_panels_of_another(http, panels, panel):
    http.put(f"{panels}/{panel}", json={"source": hooks()}).raise_for_status()
    new = {"id": f"copy-{panel}", "copyOf": "default"}
    assert http.post("/api/workspaces", json=new).status_code == 201
    copied = f"/api/workspaces/copy-{panel}/panels"
    assert http.get(f"{copied}/{panel}").json()["source"] == hooks()
    assert http.get(f"{copied}/{panel}/state").json()["state"]["n"] == 0


@pytest.mark.requirement("ker.templates")
def test_a_workspace_that_one_is_not_in_cannot_be_copied(home, person):
    stranger = person()
    new = {"id": f"{home.name}-copy", "copyOf": home.name}
    assert stranger.http.post("/api/workspaces", json=new).status_code == 404
    assert home.viewer.http.post("/api/workspaces", json=new).status_code == 201
