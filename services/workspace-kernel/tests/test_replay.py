"""Executions run again by the kernel: over REST, over a restart, by the command, within bounds."""

import signal
import time
from contextlib import closing
from functools import partial

import httpx
import pytest

from nexus_core import Sandbox
from nexus_core.cli import FINDINGS, GOOD, USAGE, main
from workspace_kernel.db import executions as rows
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.services.records import Bounds, Records
from workspace_kernel.settings import Settings
from workspace_kernel.testing import KernelProcess, served, wire

pytestmark = pytest.mark.requirement("run.replay")

PANELS = "/api/workspaces/default/panels"


def run(http, panels, panel: str, tool: str, key: str, **args) -> dict:
    """Run a tool under an id; returns the answer."""
    answer = http.post(
        f"{panels}/{panel}/tools/{tool}", json={"args": args}, headers={"idempotency-key": key}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("tool", ["add", "keep", "greet", "fail", "spin", "wait"])
def test_an_execution_runs_again_to_the_same_result(http, panels, panel, tool):
    run(http, panels, panel, tool, "one")
    replayed = http.post(f"{panels}/{panel}/executions/one/replay", json={}).json()

    assert (replayed["tool"], replayed["identical"], replayed["changed"]) == (tool, True, False)


def test_a_replay_changes_nothing(http, panels, panel):
    run(http, panels, panel, "wait", "one")
    before = http.get(f"{panels}/{panel}/state").json()
    http.post(f"{panels}/{panel}/executions/one/replay", json={})

    assert http.get(f"{panels}/{panel}/state").json() == before


def test_another_source_shows_where_it_differs(http, panels, panel, source):
    run(http, panels, panel, "add", "one", by=2)
    changed = source.replace("$state.count += $args.by", "$state.count -= $args.by")
    replayed = http.post(f"{panels}/{panel}/executions/one/replay", json={"source": changed})
    divergence = replayed.json()["divergence"]

    assert (divergence["segment"], divergence["what"], divergence["path"]) == (1, "ops", "/0/value")
    assert (divergence["expected"], divergence["found"]) == ("2", "-2")


def test_an_execution_runs_again_on_the_source_that_ran(http, panels, panel, source):
    run(http, panels, panel, "add", "one", by=2)
    changed = source.replace("$state.count += $args.by", "$state.count -= $args.by")
    assert http.put(f"{panels}/{panel}", json={"source": changed}).status_code == 200

    assert http.get(f"{panels}/{panel}/executions/one/record").json()["source"] == source
    assert http.post(f"{panels}/{panel}/executions/one/replay", json={}).json()["identical"]


def test_one_execution_is_read_as_it_is_in_the_list(http, panels, panel):
    run(http, panels, panel, "add", "one", by=2)
    listed = http.get(f"{panels}/{panel}/executions").json()["items"]
    read = http.get(f"{panels}/{panel}/executions/one").json()

    assert read == listed[0]
    assert read["execution"]["metrics"]["segments"] == 1


@pytest.mark.parametrize("path", ["", "/record"])
def test_an_execution_that_never_was_is_not_found(http, panels, panel, path):
    answer = http.get(f"{panels}/{panel}/executions/never{path}")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")


def test_a_source_with_errors_is_refused(http, panels, panel):
    run(http, panels, panel, "add", "one")
    answer = http.post(f"{panels}/{panel}/executions/one/replay", json={"source": "<NexusPanel>"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (422, "INVALID_PANEL")


def test_an_execution_too_large_to_be_recorded_runs_and_cannot_run_again(http, panels, make_panel):
    panel = make_panel(state={"items": ["x" * 1000] * 300})
    assert run(http, panels, panel, "keep", "one")["ok"]
    answer = http.post(f"{panels}/{panel}/executions/one/replay", json={})

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "CONFLICT")
    assert "longer than 262144 bytes" in answer.json()["error"]["message"]


def test_the_records_of_a_deleted_panel_are_gone(http, panels, panel, source):
    run(http, panels, panel, "add", "one")
    assert http.delete(f"{panels}/{panel}").status_code == 204
    assert http.post(panels, json={"id": panel, "source": source}).status_code == 201

    assert http.get(f"{panels}/{panel}/executions/one/record").status_code == 404


def test_the_command_asks_the_kernel_for_the_record(http, kernel, panels, panel, source, tmp_path):
    run(http, panels, panel, "wait", "one")
    changed = tmp_path / "changed.nxml"
    changed.write_text(source.replace("+= 10", "+= 11"))
    asked = ["replay", f"{kernel.workspace}/{panel}/one", "--url", kernel.address]

    assert main(asked) == GOOD
    assert main([*asked, "--source", str(changed)]) == FINDINGS
    assert main(["replay", f"{panel}/never", "--url", kernel.address]) == USAGE


async def test_what_waited_over_a_killed_kernel_runs_again_in_the_next(tmp_path, source):
    process = KernelProcess(tmp_path / "data", NEXUS_SUSPEND_AFTER_MS="0")
    process.start()
    address = process.settings.address
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        assert (await http.post(PANELS, json={"id": "p", "source": source})).status_code == 201
    async with wire(process.settings) as client:
        await client.send("TRIGGER", requestId="one", panelId="p", tool="wait", args={"ms": 60_000})
        await client.expect("PROGRESS", requestId="one")
    process.end(signal.SIGKILL)
    process.start()
    async with httpx.AsyncClient(base_url=address, trust_env=False) as http:
        execution = f"{PANELS}/p/executions/one"
        while (await http.post(f"{execution}/cancel")).status_code == 404:
            pass  # It is on its way from the database.
        while (await http.get(f"{execution}/record")).status_code == 404:
            pass
        replayed = (await http.post(f"{execution}/replay", json={})).json()
    process.end(signal.SIGTERM)

    assert (replayed["identical"], len(replayed["segments"])) == (True, 1)
    assert replayed["ended"]["code"] == "CANCELLED"


# ---- within bounds


@pytest.fixture
async def database(database_url):
    """A database with a workspace and a panel in it."""
    database = Database(database_url())
    await database.open()
    now = time.time()
    await database.write(
        repositories.add_workspace(Workspace(id="w", title="W", created_at=now)),
        repositories.add_panel(
            Panel(workspace_id="w", id="p", source_hash="", created_at=now, updated_at=now)
        ),
    )
    yield database
    await database.close()


KEY = PanelKey("w", "p")
DAY = 24 * 3600.0


@pytest.mark.parametrize(
    ("bounds", "left"),
    [
        (Bounds(record_bytes=1, records=4, total_bytes=10_000, seconds=9 * DAY), "2345"),
        (Bounds(record_bytes=1, records=99, total_bytes=250, seconds=9 * DAY), "45"),
        (Bounds(record_bytes=1, records=99, total_bytes=10_000, seconds=2.5 * DAY), "345"),
        (Bounds(record_bytes=1, records=99, total_bytes=10_000, seconds=9 * DAY), "012345"),
    ],
    ids=["too many", "too much", "too old", "within"],
)
async def test_the_oldest_records_go_that_are_beyond_the_bounds(database, bounds, left):
    now = time.time()
    for n in range(6):
        await database.write(rows.keep_record(KEY, str(n), now - (5 - n) * DAY, bytes(100)))
    with closing(Sandbox()) as sandbox:
        await Records(database, sandbox, bounds).sweep()
    found = [
        str(n)
        for n in range(6)
        if await database.read(partial(rows.record_of, key=KEY, request_id=str(n)))
    ]

    assert "".join(found) == left


async def test_a_kernel_that_is_not_to_record_keeps_none(tmp_path, source):
    with served(Settings(data=tmp_path / "data", record_bytes=0)) as kernel:
        async with httpx.AsyncClient(base_url=kernel.address, trust_env=False) as http:
            await http.post(PANELS, json={"id": "p", "source": source})
            await http.post(
                f"{PANELS}/p/tools/add", json={"args": {}}, headers={"idempotency-key": "one"}
            )
            assert (await http.get(f"{PANELS}/p/executions/one")).status_code == 200
            assert (await http.get(f"{PANELS}/p/executions/one/record")).status_code == 404
