"""Saves on their way into git, looking back, and people who use stock git beside the kernel."""

import contextlib
import os
import signal
import subprocess
import time
from pathlib import Path

import httpx
import pytest

from nexus_core.history import Author, Repository
from workspace_kernel.kernel import running
from workspace_kernel.resources import NewPanel, PanelDraft
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import PATIENCE, served, wire

pytestmark = pytest.mark.requirement("ker.git")

PANELS = "/api/workspaces/default/panels"
BRANCHES = "/api/workspaces/default/branches"
BROKEN = '<NexusPanel title="X"><View><Text content="{$state.nothing}"/></View></NexusPanel>'
ADD = "$state.count += $args.by"


class Workspace:
    """A kernel's default workspace, over HTTP and with stock git."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.root: Path = settings.data / "workspaces" / "default"
        self.http = httpx.Client(base_url=settings.address, trust_env=False, timeout=PATIENCE)

    def close(self) -> None:
        self.http.close()

    def git(self, *arguments: str) -> str:
        names = {
            f"GIT_{role}_{what}": value
            for role in ("AUTHOR", "COMMITTER")
            for what, value in (("NAME", "Olga"), ("EMAIL", "olga@example.test"))
        }
        environment = {**os.environ, **names, "GIT_CONFIG_GLOBAL": os.devnull}
        command = ["git", "-C", str(self.root), *arguments]
        return subprocess.run(
            command, env=environment, check=True, capture_output=True, text=True
        ).stdout

    def make(self, source: str, panel: str = "p") -> None:
        made = self.http.post(PANELS, json={"id": panel, "source": source})
        assert made.status_code == 201, made.text

    def save(self, source: str, panel: str = "p", **headers: str) -> httpx.Response:
        return self.http.put(f"{PANELS}/{panel}", json={"source": source}, headers=headers)

    def source(self, panel: str = "p") -> str:
        return self.http.get(f"{PANELS}/{panel}").json()["source"]

    def etag(self, panel: str = "p") -> str:
        return self.http.get(f"{PANELS}/{panel}").headers["etag"]

    def switch(self, branch: str, **headers: str) -> httpx.Response:
        return self.http.post(f"{BRANCHES}/switch", json={"branch": branch}, headers=headers)

    def add(self) -> int:
        return self.http.post(f"{PANELS}/p/tools/add", json={}).json()["value"]

    def history(self, **query: object) -> dict:
        return self.http.get(f"{PANELS}/p/history", params=query).json()

    def subjects(self) -> list[str]:
        return self.git("log", "--format=%s|%an", "--", "panels/p.nxml").splitlines()

    def edit(self, source: str, panel: str = "p") -> None:
        (self.root / "panels" / f"{panel}.nxml").write_text(source)

    def commit(self, source: str, message: str = "Outside") -> None:
        self.edit(source)
        self.git("commit", "--all", "--quiet", "--message", message)

    def check(self) -> None:
        self.git("fsck", "--strict", "--no-dangling")
        until(lambda: self.git("status", "--porcelain") == "")


def until(found) -> object:
    """Ask until the answer is not false: what is waited for comes by itself."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if answer := found():
            return answer
        time.sleep(0.02)
    raise AssertionError("it did not come")


def error(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.fixture
def start(tmp_path, source):
    """Serve a kernel, by default one that commits only when it has to, with a panel ``p``."""
    stack = contextlib.ExitStack()

    def make(save_delay_ms: int = 600_000, **options) -> Workspace:
        settings = Settings(
            data=tmp_path / "data", demo=False, save_delay_ms=save_delay_ms, **options
        )
        serving = stack.enter_context(served(settings))
        workspace = stack.enter_context(contextlib.closing(Workspace(serving)))
        workspace.make(source)
        return workspace

    with stack:
        yield make


# ---- saves


def test_many_saves_become_one_commit(start, source):
    workspace = start(save_delay_ms=500)
    for number in range(5):
        assert workspace.save(source + "\n" * number).status_code == 200
    until(lambda: len(workspace.subjects()) > 1)
    assert workspace.subjects() == ["Save panel p|Local user", "Create panel p|Local user"]
    assert workspace.git("show", "HEAD:panels/p.nxml") == source + "\n" * 4
    workspace.check()


def test_a_save_runs_before_it_is_committed(start, source):
    workspace = start()
    workspace.save(source.replace(ADD, f"{ADD} * 100"))
    assert workspace.add() == 100
    assert workspace.subjects() == ["Create panel p|Local user"]


def test_a_save_that_waits_is_what_is_read(start, source):
    workspace = start()
    saved = workspace.save(source + "\n")
    assert (workspace.source(), workspace.etag()) == (source + "\n", saved.headers["etag"])
    stale = workspace.save(source, **{"If-Match": '"' + "0" * 64 + '"'})
    assert error(stale) == (412, "PRECONDITION_FAILED")


def test_what_was_saved_is_committed_when_the_kernel_ends(tmp_path, source):
    with (
        served(Settings(data=tmp_path / "data", save_delay_ms=600_000)) as settings,
        contextlib.closing(Workspace(settings)) as workspace,
    ):
        workspace.make(source)
        workspace.save(source + "\n")
    assert workspace.git("show", "HEAD:panels/p.nxml") == source + "\n"
    workspace.check()


def test_what_was_saved_is_committed_after_the_kernel_was_killed(process, source):
    process.start()
    with contextlib.closing(Workspace(process.settings)) as workspace:
        workspace.make(source)
        saved = workspace.save(source + "\n")
        process.end(signal.SIGKILL)
        process.start()
        assert workspace.git("show", "HEAD:panels/p.nxml") == source + "\n"
        assert workspace.etag() == saved.headers["etag"]
        workspace.check()


def test_looking_at_the_history_shows_what_was_just_saved(start, source):
    workspace = start()
    workspace.save(source + "\n")
    assert [each["message"] for each in workspace.history()["items"]] == [
        "Save panel p",
        "Create panel p",
    ]


def test_a_deleted_panel_keeps_its_last_save_in_the_history(start, source):
    workspace = start()
    workspace.save(source + "\n")
    assert workspace.http.delete(f"{PANELS}/p").status_code == 204
    assert [each["message"] for each in workspace.history()["items"]] == [
        "Delete panel p",
        "Save panel p",
        "Create panel p",
    ]
    workspace.check()


# ---- looking back


def test_the_history_is_read_page_by_page(start, source):
    workspace = start(save_delay_ms=0)
    for number in range(1, 4):
        workspace.save(source + "\n" * number)
        workspace.history()
    whole = workspace.history()["items"]
    first = workspace.history(limit=3)
    rest = workspace.history(limit=3, cursor=first["nextCursor"])
    assert len(whole) == 4
    assert (first["items"] + rest["items"], "nextCursor" in rest) == (whole, False)


def test_the_history_of_a_workspace_is_of_all_its_panels(start, source):
    workspace = start()
    workspace.make(source, "q")
    listed = workspace.http.get("/api/workspaces/default/history").json()["items"]
    assert [each["message"] for each in listed] == ["Create panel q", "Create panel p"]


@pytest.mark.parametrize("what", ["history", "diff"])
def test_a_panel_that_never_was_has_nothing_to_look_back_on(start, what):
    workspace = start()
    assert error(workspace.http.get(f"{PANELS}/none/{what}")) == (404, "NOT_FOUND")


def test_a_cursor_of_another_list_is_refused(start):
    answer = start().http.get(f"{PANELS}/p/history", params={"cursor": "x"})
    assert error(answer) == (422, "INVALID_ARGUMENTS")


def test_what_is_saved_and_not_committed_is_a_diff(start, source):
    workspace = start()
    workspace.save(source.replace('title="Counter"', 'title="Meter"'))
    told = workspace.http.get(f"{PANELS}/p/diff").json()["diff"]
    assert [line for line in told.splitlines() if line[0] in "+-"] == [
        "--- a/panels/p.nxml",
        "+++ b/panels/p.nxml",
        '-<NexusPanel title="Counter">',
        '+<NexusPanel title="Meter">',
    ]


def test_two_commits_differ_as_stock_git_says(start, source):
    workspace = start()
    workspace.save(source.replace('title="Counter"', 'title="Meter"'))
    new, old = (each["id"] for each in workspace.history()["items"])
    told = workspace.http.get(f"{PANELS}/p/diff", params={"from": old, "to": new}).json()["diff"]
    expected = workspace.git("diff", old, new, "--", "panels/p.nxml").splitlines()
    assert [line.partition(" @@")[0] for line in told.splitlines()] == [
        line.partition(" @@")[0] for line in expected[2:]
    ]


def test_a_commit_that_is_not_there_is_not_found(start):
    workspace = start()
    for query in ({"from": "0" * 40}, {"to": "none"}):
        assert error(workspace.http.get(f"{PANELS}/p/diff", params=query)) == (404, "NOT_FOUND")
    restored = workspace.http.post(f"{PANELS}/p/restore", json={"commit": "0" * 40})
    assert error(restored) == (404, "NOT_FOUND")


def test_an_earlier_version_is_restored_as_a_new_commit_and_runs(start, source):
    workspace = start()
    first = workspace.history()["items"][0]["id"]
    workspace.save(source.replace(ADD, f"{ADD} * 100"))
    restored = workspace.http.post(f"{PANELS}/p/restore", json={"commit": first})
    assert (restored.status_code, restored.headers["etag"]) == (200, workspace.etag())
    assert (workspace.source(), workspace.add()) == (source, 1)
    assert workspace.subjects() == [
        f"Restore {first[:10]} of panel p|Local user",
        "Save panel p|Local user",
        "Create panel p|Local user",
    ]
    workspace.check()


def test_a_restore_over_a_source_that_changed_meanwhile_is_refused(start, source):
    workspace = start()
    etag, first = workspace.etag(), workspace.history()["items"][0]["id"]
    workspace.save(source + "\n")
    answer = workspace.http.post(
        f"{PANELS}/p/restore", json={"commit": first}, headers={"If-Match": etag}
    )
    assert error(answer) == (412, "PRECONDITION_FAILED")


def test_a_deleted_panel_is_restored(start, source):
    workspace = start()
    first = workspace.history()["items"][0]["id"]
    workspace.http.delete(f"{PANELS}/p")
    workspace.http.post(f"{PANELS}/p/restore", json={"commit": first})
    assert workspace.source() == source


# ---- people with stock git


def test_an_outside_commit_is_noticed_and_runs(start, source):
    workspace = start(git_seconds=0.05)
    assert workspace.add() == 1
    workspace.commit(source.replace(ADD, f"{ADD} * 100"))
    until(lambda: workspace.add() > 100)
    assert workspace.http.get(f"{PANELS}/p/state").json()["state"]["count"] > 100


async def test_those_who_look_at_a_panel_get_what_was_committed_outside(start, source):
    workspace = start(git_seconds=0.05)
    async with wire(workspace.settings) as client:
        before = await client.subscribe("p")
        workspace.commit(source + "<!-- outside -->")
        after = await client.expect("PANEL", panelId="p")
    assert before["sourceHash"] != after["sourceHash"]


async def test_an_outside_source_with_errors_is_told_and_the_last_good_one_runs(start, source):
    workspace = start(git_seconds=0.05)
    async with wire(workspace.settings) as client:
        await client.subscribe("p")
        workspace.commit(BROKEN)
        told = await client.expect("EVENT", name="toast")
    assert (told["payload"]["code"], told["payload"]["level"]) == ("INVALID_PANEL", "error")
    assert (workspace.add(), workspace.source()) == (1, BROKEN)


def test_an_edit_in_the_work_tree_runs_and_is_not_overwritten(start, source):
    workspace = start(git_seconds=0.05)
    edited = source.replace(ADD, f"{ADD} * 100")
    workspace.edit(edited)
    until(lambda: workspace.add() > 100)
    assert workspace.source() == edited
    assert error(workspace.save(source + "\n")) == (409, "CONFLICT")
    assert (workspace.root / "panels/p.nxml").read_text() == edited
    workspace.git("commit", "--all", "--quiet", "--message", "By hand")
    assert workspace.save(source + "\n").status_code == 200


def test_an_outside_commit_meets_a_save_that_waits_and_neither_is_lost(start, source):
    workspace = start()
    saved = workspace.save(source + "<!-- ours -->")
    workspace.commit(source + "<!-- theirs -->")
    again = workspace.save(source + "<!-- more -->", **{"If-Match": saved.headers["etag"]})
    assert error(again) == (409, "CONFLICT")
    both = again.json()["error"]["details"]
    assert workspace.git("show", f"{both['ours']['commit']}:panels/p.nxml").endswith("ours -->")
    assert workspace.git("show", f"{both['ours']['branch']}:panels/p.nxml").endswith("ours -->")
    assert both["theirs"]["commit"] == workspace.git("rev-parse", "HEAD").strip()
    assert workspace.source() == source + "<!-- theirs -->"
    workspace.check()


async def test_a_save_that_gave_way_is_told_to_those_who_look_at_the_panel(start, source):
    workspace = start(git_seconds=0.05)
    async with wire(workspace.settings) as client:
        await client.subscribe("p")
        workspace.save(source + "<!-- ours -->")
        workspace.edit(source + "<!-- theirs -->")
        told = await client.expect("EVENT", name="toast")
    payload = told["payload"]
    assert (payload["code"], payload["branch"][:12]) == ("CONFLICT", "conflicts/p-")
    assert workspace.git("show", f"{payload['commit']}:panels/p.nxml").endswith("ours -->")
    assert (workspace.root / "panels/p.nxml").read_text().endswith("theirs -->")


def test_a_save_on_a_branch_that_is_left_meanwhile_is_committed_there(start, source):
    workspace = start()
    workspace.git("branch", "feature")
    workspace.save(source + "<!-- on main -->")
    workspace.git("switch", "--quiet", "feature")
    assert workspace.source() == source
    workspace.history()
    assert workspace.git("show", "main:panels/p.nxml") == source + "<!-- on main -->"
    workspace.git("switch", "--quiet", "main")
    assert workspace.source() == source + "<!-- on main -->"
    workspace.check()


def test_a_panel_that_another_branch_does_not_have_comes_back_with_its_state(start, source):
    workspace = start()
    workspace.git("branch", "before")
    workspace.make(source, "q")
    workspace.http.post(f"{PANELS}/q/tools/add", json={"args": {"by": 7}})
    workspace.git("switch", "--quiet", "before")
    assert error(workspace.http.get(f"{PANELS}/q")) == (404, "NOT_FOUND")
    workspace.git("switch", "--quiet", "main")
    workspace.http.get(f"{PANELS}/q")
    assert workspace.http.get(f"{PANELS}/q/state").json()["state"]["count"] == 7


def test_a_panel_made_where_others_removed_one_begins_anew(start, source):
    workspace = start()
    workspace.add()
    workspace.git("rm", "--quiet", "panels/p.nxml")
    workspace.git("commit", "--quiet", "--message", "Remove")
    assert workspace.save(source).status_code == 201
    state = workspace.http.get(f"{PANELS}/p/state").json()
    assert (state["rev"], state["state"]["count"]) == (2, 0)


def test_a_reset_is_followed(start, source):
    workspace = start()
    workspace.save(source + "\n")
    workspace.history()
    workspace.git("reset", "--quiet", "--hard", "HEAD~1")
    assert workspace.source() == source
    assert workspace.save(source + "\n\n").status_code == 200
    workspace.history()
    workspace.check()


def test_with_no_branch_checked_out_a_save_is_refused_and_says_why(start, source):
    workspace = start()
    workspace.git("checkout", "--quiet", "--detach")
    answer = workspace.save(source + "\n")
    assert error(answer) == (409, "CONFLICT")
    assert "git switch" in answer.json()["error"]["message"]
    workspace.git("switch", "--quiet", "main")
    assert workspace.save(source + "\n").status_code == 200


def test_a_save_is_taken_while_somebody_holds_the_index(start, source):
    workspace = start(save_delay_ms=20)
    lock = workspace.root / ".git" / "index.lock"
    lock.touch()
    assert workspace.save(source + "\n").status_code == 200
    assert workspace.source() == source + "\n"
    lock.unlink()
    until(lambda: len(workspace.subjects()) == 2)
    workspace.check()


def test_in_a_merge_that_is_not_finished_nothing_is_overwritten(start, source):
    workspace = start()
    workspace.git("branch", "side")
    workspace.commit(source + "<!-- main -->")
    workspace.git("switch", "--quiet", "side")
    workspace.commit(source + "<!-- side -->")
    with pytest.raises(subprocess.CalledProcessError):
        workspace.git("merge", "main")
    assert error(workspace.save(source + "\n")) == (409, "CONFLICT")
    workspace.make(source, "q")
    workspace.edit(source + "<!-- both -->")
    workspace.git("commit", "--all", "--quiet", "--message", "Merge")
    assert workspace.source() == source + "<!-- both -->"
    assert workspace.git("show", "HEAD:panels/q.nxml") == source
    workspace.check()


def test_a_push_into_the_workspace_is_followed(start, source, tmp_path):
    workspace = start(git_seconds=0.05)
    workspace.git("clone", "--quiet", ".", str(tmp_path / "clone"))
    (tmp_path / "clone/panels/p.nxml").write_text(source.replace(ADD, f"{ADD} * 100"))
    clone = ("-C", str(tmp_path / "clone"))
    workspace.git(*clone, "commit", "--all", "--quiet", "--message", "Elsewhere")
    workspace.git(*clone, "push", "--quiet")
    until(lambda: workspace.add() > 100)
    workspace.check()


# ---- who did it


async def test_two_authors_are_never_in_one_commit(tmp_path, source):
    settings = Settings(data=tmp_path / "data", demo=False, save_delay_ms=600_000)
    ann, bo = (Author(name, f"{name}@example.test") for name in ("Ann", "Bo"))
    async with running(settings, Telemetry()) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=source), ann)
        for number, author in enumerate((ann, ann, bo, ann), 1):
            await panels.save("p", PanelDraft(source=source + "\n" * number), None, author)
        page = await panels.past.history("p", None, 10)
    assert [(each.message, each.author) for each in page.items] == [
        ("Save panel p", "Ann"),
        ("Save panel p", "Bo"),
        ("Save panel p", "Ann"),
        ("Create panel p", "Ann"),
    ]


# ---- branches


def test_branches_are_made_listed_merged_and_deleted(start, source):
    workspace = start()
    made = workspace.http.post(BRANCHES, json={"name": "ideas/one"})
    head = workspace.git("rev-parse", "HEAD").strip()
    assert (made.status_code, made.json()) == (
        201,
        {"name": "ideas/one", "head": head, "checkedOut": False},
    )
    workspace.git("switch", "--quiet", "ideas/one")
    workspace.commit(source.replace(ADD, "$state.count += 100"))
    workspace.git("switch", "--quiet", "main")
    assert workspace.add() == 1
    merged = workspace.http.post(f"{BRANCHES}/merge", json={"branch": "ideas/one"})
    assert merged.status_code == 200
    assert merged.json()["id"] == workspace.git("rev-parse", "HEAD").strip()
    assert workspace.add() == 101
    assert workspace.http.delete(BRANCHES, params={"name": "ideas/one"}).status_code == 204
    listed = workspace.http.get(BRANCHES).json()["items"]
    assert [(each["name"], each["checkedOut"]) for each in listed] == [("main", True)]
    workspace.check()


def test_a_merge_of_what_both_changed_is_a_conflict_and_changes_nothing(start, source):
    workspace = start()
    workspace.http.post(BRANCHES, json={"name": "other"}).raise_for_status()
    workspace.git("switch", "--quiet", "other")
    workspace.commit(source.replace(ADD, "$state.count += 100"))
    workspace.git("switch", "--quiet", "main")
    workspace.save(source.replace(ADD, "$state.count += 7")).raise_for_status()
    refused = workspace.http.post(f"{BRANCHES}/merge", json={"branch": "other"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "CONFLICT")
    assert workspace.add() == 7
    workspace.check()


async def test_who_is_connected_is_switched_to_another_branch_and_back(start, source):
    """What both branches have goes on with its state; what one lacks ends, and is there again."""
    workspace = start()
    assert workspace.add() == 1
    workspace.http.post(BRANCHES, json={"name": "idea"}).raise_for_status()
    workspace.make(source, "q")
    async with wire(workspace.settings) as client:
        await client.subscribe("p")
        before = await client.subscribe("q")
        switched = workspace.switch("idea")
        assert switched.json()["checkedOut"] is True
        assert (await client.expect("ERROR", panelId="q"))["code"] == "NOT_FOUND"
        assert await client.expect("BRANCH") == {"type": "BRANCH", "branch": "idea"}
        assert error(workspace.http.get(f"{PANELS}/q")) == (404, "NOT_FOUND")
        workspace.save(source.replace(ADD, f"{ADD} * 100")).raise_for_status()
        assert workspace.add() == 101
        workspace.switch("main").raise_for_status()
        assert await client.expect("BRANCH") == {"type": "BRANCH", "branch": "main"}
        assert await client.subscribe("q") == before
    assert (workspace.source(), workspace.add()) == (source, 102)
    workspace.check()


async def test_a_switch_by_stock_git_is_told_as_well(start):
    workspace = start(git_seconds=0.05)
    async with wire(workspace.settings) as client:
        workspace.git("switch", "--quiet", "--create", "idea")
        assert await client.expect("BRANCH") == {"type": "BRANCH", "branch": "idea"}
        workspace.git("checkout", "--quiet", "--detach")
        assert await client.expect("BRANCH") == {"type": "BRANCH"}


def test_what_was_saved_is_committed_to_the_branch_that_is_left(start, source):
    workspace = start()
    workspace.http.post(BRANCHES, json={"name": "idea"}).raise_for_status()
    workspace.save(source + "<!-- on main -->").raise_for_status()
    workspace.switch("idea").raise_for_status()
    assert workspace.source() == source
    assert workspace.git("show", "main:panels/p.nxml") == source + "<!-- on main -->"
    workspace.check()


def test_a_switch_that_would_overwrite_an_edit_is_refused_and_nothing_changes(start, source):
    workspace = start()
    workspace.http.post(BRANCHES, json={"name": "idea"}).raise_for_status()
    workspace.save(source + "<!-- on main -->").raise_for_status()
    workspace.history()
    workspace.edit(source + "<!-- by hand -->")
    refused = workspace.switch("idea")
    assert error(refused) == (409, "CONFLICT")
    assert "panels/p.nxml" in refused.json()["error"]["message"]
    assert workspace.source() == source + "<!-- by hand -->"
    assert workspace.git("branch", "--show-current") == "main\n"


def test_a_save_meets_an_edit_and_a_switch_and_none_is_lost(start, source):
    workspace = start()
    workspace.http.post(BRANCHES, json={"name": "idea"}).raise_for_status()
    workspace.save(source + "<!-- saved -->").raise_for_status()
    workspace.commit(source + "<!-- theirs -->")
    workspace.switch("idea").raise_for_status()
    assert workspace.source() == source
    aside = workspace.git("branch", "--list", "--format=%(refname:short)", "conflicts/*").strip()
    assert workspace.git("show", f"{aside}:panels/p.nxml").endswith("saved -->")
    assert workspace.git("show", "main:panels/p.nxml").endswith("theirs -->")
    workspace.check()


def test_a_branch_is_deleted_as_it_was_read_or_not_at_all(start, source):
    workspace = start()
    made = workspace.http.post(BRANCHES, json={"name": "idea"})
    workspace.git("switch", "--quiet", "idea")
    workspace.commit(source + "<!-- more -->")
    workspace.git("switch", "--quiet", "main")
    delete = {"method": "DELETE", "url": BRANCHES, "params": {"name": "idea"}}
    refused = workspace.http.request(**delete, headers={"If-Match": made.headers["etag"]})
    assert error(refused) == (412, "PRECONDITION_FAILED")
    head = workspace.git("rev-parse", "idea").strip()
    assert workspace.http.request(**delete, headers={"If-Match": f'"{head}"'}).status_code == 204


def test_a_switch_is_not_done_again_when_it_is_asked_again(start):
    workspace = start()
    workspace.http.post(BRANCHES, json={"name": "idea"}).raise_for_status()
    first = workspace.switch("idea", **{"Idempotency-Key": "once"})
    workspace.switch("main").raise_for_status()
    again = workspace.switch("idea", **{"Idempotency-Key": "once"})
    assert (again.status_code, again.json()) == (200, first.json())
    assert workspace.git("branch", "--show-current") == "main\n"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/switch", {"branch": "nowhere"}, 404),
        ("POST", "/switch", {"branch": "a..b"}, 422),
        ("POST", "", {"name": "a..b"}, 422),
        ("POST", "", {"name": "main"}, 409),
        ("POST", "", {"name": "x", "at": "nowhere"}, 404),
        ("POST", "/merge", {"branch": "nowhere"}, 404),
        ("DELETE", "?name=nowhere", None, 404),
        ("DELETE", "?name=main", None, 409),
        ("DELETE", "", None, 422),
    ],
)
def test_a_branch_that_cannot_be_is_refused(start, source, method, path, body, status):
    workspace = start()
    assert workspace.http.request(method, BRANCHES + path, json=body).status_code == status


async def test_saves_that_were_put_aside_are_swept_when_merged_or_old(tmp_path, source):
    settings = Settings(data=tmp_path, demo=False, git_seconds=3600)
    async with running(settings, Telemetry()) as kernel:
        panels = kernel.workspaces.panels("default")
        await panels.create(NewPanel(id="p", source=source))
        repository = Repository.open(tmp_path / "workspaces" / "default")
        for name in ("conflicts/p-merged", "conflicts/p-open", "ideas"):
            repository.create_branch(name)
        author = Author("Olga", "olga@example.test")
        files = {"panels/p.nxml": (source + "<!-- open -->").encode()}
        repository.commit(files, message="M", author=author, branch="conflicts/p-open")
        left = ["conflicts/p-open", "ideas", "main"]
        await panels.branches.sweep(oldest=0)
        assert [each.name for each in repository.branches()] == left
        await panels.branches.sweep(oldest=time.time() + 1)
        assert [each.name for each in repository.branches()] == left[1:]
