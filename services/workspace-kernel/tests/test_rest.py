"""Panels and workspaces over REST, on both databases."""

import hashlib
import subprocess
from concurrent.futures import ThreadPoolExecutor

import pytest

from nexus_core.history import HistoryError, Repository
from nexus_protocol import ErrorCode

BROKEN = '<NexusPanel title="X"><View><Text content="{$state.nothing}"/></View></NexusPanel>'


def etag_of(source: str) -> str:
    return f'"{hashlib.sha256(source.encode()).hexdigest()}"'


def error(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.requirement("ker.rest")
def test_the_default_workspace_is_there_without_being_made(http):
    listed = http.get("/api/workspaces").json()["items"]
    assert "default" in {each["id"] for each in listed}


def test_a_workspace_is_made_and_found(http):
    made = http.post("/api/workspaces", json={"id": "garden", "title": "Garden"})
    assert made.status_code == 201
    assert http.get(made.headers["location"]).json() == made.json()
    assert error(http.post("/api/workspaces", json={"id": "garden"})) == (409, "CONFLICT")


def test_a_workspace_that_is_made_is_there_although_its_folder_cannot_be_looked_at_yet(
    http, monkeypatch
):
    looked_at = []

    def look(repository, prefix):
        looked_at.append(repository)
        raise HistoryError(ErrorCode.UNAVAILABLE, "too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(Repository, "look", look)
        made = http.post("/api/workspaces", json={"id": "orchard"})

    panel = {"id": "p", "source": "<NexusPanel title='P'/>"}
    began = http.post("/api/workspaces/orchard/panels", json=panel)
    assert (bool(looked_at), made.status_code, began.status_code) == (True, 201, 201)


def test_an_unknown_workspace_is_not_found(http):
    assert error(http.get("/api/workspaces/nowhere")) == (404, "NOT_FOUND")
    assert error(http.get("/api/workspaces/nowhere/panels")) == (404, "NOT_FOUND")


@pytest.mark.requirement("ker.rest")
def test_a_fresh_kernel_has_the_sample_panels(http, panels):
    listed = {each["id"] for each in http.get(panels, params={"limit": 200}).json()["items"]}
    assert {"chat", "dashboard", "inventory", "monitor", "notes", "signup", "tasks"} <= listed


def test_a_list_is_read_page_by_page(http, panels):
    whole = [each["id"] for each in http.get(panels, params={"limit": 200}).json()["items"]]
    read: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = http.get(panels, params={"limit": 3, **cursor}).json()
        read += [each["id"] for each in page["items"]]
        if "nextCursor" not in page:
            break
        cursor = {"cursor": page["nextCursor"]}
    assert read == whole


@pytest.mark.parametrize("limit", ["0x", "-1", "1000", "", "²"])
def test_a_limit_that_is_no_small_number_is_refused(http, panels, limit):
    assert error(http.get(panels, params={"limit": limit})) == (400, "BAD_REQUEST")


@pytest.mark.requirement("ker.rest")
def test_a_panel_is_made_read_and_deleted(http, panels, source):
    made = http.post(panels, json={"id": "brief", "source": source})
    assert (made.status_code, made.headers["etag"]) == (201, etag_of(source))
    assert http.get(made.headers["location"]).json()["source"] == source
    assert http.delete(f"{panels}/brief").status_code == 204
    assert error(http.get(f"{panels}/brief")) == (404, "NOT_FOUND")


def test_a_panel_without_an_id_is_called_after_its_title(http, panels):
    source = '<NexusPanel title="Crème brûlée!"><View><Text content="x"/></View></NexusPanel>'
    assert http.post(panels, json={"source": source}).json()["id"] == "creme-brulee"


def test_a_panel_is_not_made_twice(http, panels, panel, source):
    again = http.post(panels, json={"id": panel, "source": source})
    assert error(again) == (409, "CONFLICT")


@pytest.mark.parametrize("name", ["Upper", "a_b", "-a", "a" * 65, "ünï", "a.b", ".git"])
def test_a_name_that_is_no_panels_name_is_refused(http, panels, source, name):
    assert error(http.post(panels, json={"id": name, "source": source}))[0] == 400
    assert error(http.put(f"{panels}/{name}", json={"source": source})) == (404, "NOT_FOUND")


def test_a_panel_begins_with_the_state_it_is_given(http, panels, make_panel):
    panel = make_panel(state={"count": 7})
    state = http.get(f"{panels}/{panel}/state").json()
    assert state == {
        "rev": 0,
        "oldestRev": 0,
        "state": {"count": 7, "items": [], "draft": ""},
        "computed": {"double": 14},
    }


@pytest.mark.parametrize("state", [{"count": "many"}, {"nothing": 1}])
def test_a_first_state_that_does_not_fit_is_refused(http, panels, source, state):
    answer = http.post(panels, json={"id": "unfit", "source": source, "state": state})
    assert error(answer) == (422, "INVALID_ARGUMENTS")


@pytest.mark.requirement("ker.panels")
def test_a_source_with_errors_is_refused_with_all_that_was_found(http, panels, panel, source):
    answer = http.put(f"{panels}/{panel}", json={"source": BROKEN})
    assert error(answer) == (422, "INVALID_PANEL")
    found = answer.json()["error"]["details"]["diagnostics"]
    assert [each["code"] for each in found] == ["UNDEFINED_STATE_REFERENCE"]
    assert http.get(f"{panels}/{panel}").json()["source"] == source


@pytest.mark.requirement("ker.panels")
def test_a_saved_source_runs_at_once_and_keeps_the_state(http, panels, panel, source):
    http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": 3}})
    changed = source.replace("$state.count += $args.by", "$state.count += $args.by * 100")
    saved = http.put(f"{panels}/{panel}", json={"source": changed})
    assert (saved.status_code, saved.headers["etag"]) == (200, etag_of(changed))
    ran = http.post(f"{panels}/{panel}/tools/add", json={}).json()
    assert ran["value"] == 103


def test_a_put_makes_a_panel_that_is_not_there(http, panels, source):
    assert http.put(f"{panels}/by-put", json={"source": source}).status_code == 201


def test_a_save_over_a_source_that_changed_meanwhile_is_refused(http, panels, panel, source):
    http.put(f"{panels}/{panel}", json={"source": source + "\n"})
    stale = http.put(
        f"{panels}/{panel}", json={"source": source}, headers={"If-Match": etag_of(source)}
    )
    assert error(stale) == (412, "PRECONDITION_FAILED")
    fresh = http.put(
        f"{panels}/{panel}", json={"source": source}, headers={"If-Match": etag_of(source + "\n")}
    )
    assert fresh.status_code == 200


@pytest.mark.parametrize("tag", ['"x"', '""', '"a", "b"', 'W/"x"'])
def test_an_etag_of_no_panel_matches_nothing(http, panels, panel, source, tag):
    answer = http.put(f"{panels}/{panel}", json={"source": source}, headers={"If-Match": tag})
    assert error(answer) == (412, "PRECONDITION_FAILED")


@pytest.mark.parametrize("tag", ["nonsense", "", '"a" "b"', '"a",'])
def test_what_is_no_etag_is_refused(http, panels, panel, source, tag):
    put = http.put(f"{panels}/{panel}", json={"source": source}, headers={"If-Match": tag})
    get = http.get(f"{panels}/{panel}", headers={"If-None-Match": tag})
    assert error(put) == error(get) == (400, "BAD_REQUEST")


def test_one_of_several_etags_is_enough(http, panels, panel, source):
    tags = {"If-Match": f'"a", {etag_of(source)}'}
    saved = http.put(f"{panels}/{panel}", json={"source": source}, headers=tags)
    assert saved.status_code == 200
    assert (
        http.get(
            f"{panels}/{panel}", headers={"If-None-Match": f'"a", W/{etag_of(source)}'}
        ).status_code
        == 304
    )


@pytest.mark.requirement("ker.rest")
@pytest.mark.parametrize("what", ["ast", "state"])
def test_what_the_client_holds_of_a_running_panel_is_not_sent_again(http, panels, panel, what):
    path = f"{panels}/{panel}/{what}"
    tag = http.get(path).headers["etag"]
    held = http.get(path, headers={"If-None-Match": tag})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", tag)


def test_a_changed_state_has_another_etag(http, panels, panel):
    path = f"{panels}/{panel}/state"
    tag = http.get(path).headers["etag"]
    http.post(f"{panels}/{panel}/tools/add", json={})
    changed = http.get(path, headers={"If-None-Match": tag})
    assert (changed.status_code, changed.json()["state"]["count"]) == (200, 1)


def test_a_source_that_the_client_has_is_not_sent_again(http, panels, panel, source):
    answer = http.get(f"{panels}/{panel}", headers={"If-None-Match": etag_of(source)})
    assert (answer.status_code, answer.content) == (304, b"")


def commit_outside(kernel, panel: str, source: str | None) -> None:
    """Change a panel in its repository as somebody with stock git would."""
    repository = kernel.data / "workspaces" / kernel.workspace
    path = repository / "panels" / f"{panel}.nxml"
    if source is None:
        path.unlink()
    else:
        path.write_text(source)
    identity = ("-c", "user.name=Ada", "-c", "user.email=ada@example.org")
    git = ("git", "-C", str(repository), *identity, "commit", "--all", "--quiet", "-m", "Outside")
    subprocess.run(git, check=True, capture_output=True)


@pytest.mark.requirement("ker.git")
def test_what_was_committed_outside_is_not_overwritten_unseen(http, kernel, panels, panel, source):
    outside = source.replace("$state.count += $args.by", "$state.count += $args.by * 10")
    commit_outside(kernel, panel, outside)
    save = {"json": {"source": source + "\n"}, "headers": {"If-Match": etag_of(source)}}
    assert error(http.put(f"{panels}/{panel}", **save)) == (412, "PRECONDITION_FAILED")
    read = http.get(f"{panels}/{panel}")
    assert (read.json()["source"], read.headers["etag"]) == (outside, etag_of(outside))
    assert http.post(f"{panels}/{panel}/tools/add", json={}).json()["value"] == 10


@pytest.mark.requirement("ker.git")
def test_a_panel_that_was_deleted_outside_is_gone(http, kernel, panels, panel):
    commit_outside(kernel, panel, None)
    assert error(http.get(f"{panels}/{panel}")) == (404, "NOT_FOUND")
    assert panel not in [each["id"] for each in http.get(panels).json()["items"]]


def test_of_two_saves_on_one_version_one_is_refused(http, panels, panel, source):
    def save(number: int) -> int:
        return http.put(
            f"{panels}/{panel}",
            json={"source": source + "\n" * number},
            headers={"If-Match": etag_of(source)},
        ).status_code

    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(pool.map(save, range(1, 5)))
    assert statuses == [200, 412, 412, 412]


@pytest.mark.requirement("ker.git")
def test_the_history_tells_every_save(http, panels, panel, source):
    http.put(f"{panels}/{panel}", json={"source": source + "\n"})
    history = http.get(f"{panels}/{panel}/history").json()["items"]
    assert [(each["message"], each["author"]) for each in history] == [
        (f"Save panel {panel}", "Local user"),
        (f"Create panel {panel}", "Local user"),
    ]


def test_saving_what_is_there_makes_no_version(http, panels, panel, source):
    http.put(f"{panels}/{panel}", json={"source": source})
    assert len(http.get(f"{panels}/{panel}/history").json()["items"]) == 1


def test_a_put_with_a_state_replaces_those_values(http, panels, panel, source):
    http.put(f"{panels}/{panel}", json={"source": source, "state": {"count": 5}})
    assert http.get(f"{panels}/{panel}/state").json()["state"]["count"] == 5


@pytest.mark.requirement("ker.rest")
def test_a_tool_is_called_and_answers_its_execution(http, panels, panel):
    answer = http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": 2}})
    execution = answer.json()
    assert {name: execution[name] for name in ("tool", "ok", "value", "patches", "rev")} == {
        "tool": "add",
        "ok": True,
        "value": 2,
        "patches": [{"op": "replace", "path": "/count", "value": 2}],
        "rev": 1,
    }


def test_arguments_may_come_in_their_declared_order(http, panels, panel):
    assert http.post(f"{panels}/{panel}/tools/add", json={"args": [5]}).json()["value"] == 5


def test_what_goes_wrong_inside_a_tool_is_in_its_execution(http, panels, panel):
    answer = http.post(f"{panels}/{panel}/tools/fail", json={})
    assert answer.status_code == 200
    assert (answer.json()["ok"], answer.json()["error"]["code"]) == (False, "EXECUTION_ERROR")
    assert http.get(f"{panels}/{panel}/state").json()["state"]["count"] == 0


def test_events_and_logs_are_in_the_execution(http, panels, panel):
    execution = http.post(f"{panels}/{panel}/tools/greet", json={}).json()
    assert [each["name"] for each in execution["events"]] == ["greeted", "toast"]
    assert [(each["level"], each["message"]) for each in execution["logs"]] == [
        ("info", "greeting")
    ]


def test_an_unknown_tool_is_not_found(http, panels, panel):
    assert error(http.post(f"{panels}/{panel}/tools/ad", json={})) == (404, "TOOL_NOT_FOUND")


def test_arguments_that_do_not_fit_are_refused(http, panels, panel):
    answer = http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": "many"}})
    assert error(answer) == (422, "INVALID_ARGUMENTS")


@pytest.mark.requirement("ker.store")
def test_the_log_tells_every_change_newest_first(http, panels, panel):
    for by in (1, 2, 3):
        http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": by}})
    log = http.get(f"{panels}/{panel}/log", params={"limit": 2}).json()
    assert [(each["rev"], each["ops"][0]["value"]) for each in log["items"]] == [(3, 6), (2, 3)]
    rest = http.get(f"{panels}/{panel}/log", params={"cursor": log["nextCursor"]}).json()
    assert [each["rev"] for each in rest["items"]] == [1]


@pytest.mark.requirement("run.changes")
@pytest.mark.requirement("run.replay")
def test_changes_are_taken_back_and_the_state_of_any_revision_is_read(http, panels, panel):
    for by in (1, 2, 3):
        http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": by}})
    undo, state = f"{panels}/{panel}/undo", f"{panels}/{panel}/state"
    once = [http.post(undo, json={}, headers={"idempotency-key": "u1"}).json() for _ in range(2)]
    assert once == [{"rev": 4}] * 2
    counts = [http.get(state, params={"rev": rev}).json()["state"]["count"] for rev in range(1, 5)]
    assert counts == [1, 3, 6, 3]
    assert error(http.get(state, params={"rev": 5})) == (404, "NOT_FOUND")
    assert http.post(undo, json={"to": 1}).json() == {"rev": 5}
    assert http.post(undo, json={"rev": 5}).json() == {"rev": 6}
    assert http.get(state).json()["state"]["count"] == 3
    newest = http.get(f"{panels}/{panel}/log").json()["items"][0]
    assert (newest["cause"]["kind"], newest["cause"]["undoes"]) == ("undo", [5])


@pytest.mark.requirement("run.changes")
def test_an_undo_of_what_has_changed_since_is_a_conflict(http, panels, panel):
    for by in (1, 2):
        http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": by}})
    undo = f"{panels}/{panel}/undo"
    assert error(http.post(undo, json={"rev": 1})) == (409, "CONFLICT")
    assert error(http.post(undo, json={"rev": 9})) == (404, "NOT_FOUND")
    assert error(http.post(undo, json={"rev": 1, "to": 1})) == (422, "INVALID_ARGUMENTS")
    assert http.get(f"{panels}/{panel}/state").json()["state"]["count"] == 3


@pytest.mark.parametrize("rev", ["-1", "x", "1.5", "9" * 20])
def test_a_revision_that_is_no_number_is_refused(http, panels, panel, rev):
    answer = http.get(f"{panels}/{panel}/state", params={"rev": rev})
    assert error(answer) == (400, "BAD_REQUEST")


def test_the_executions_tell_what_was_asked_and_what_came_of_it(http, panels, panel):
    http.post(f"{panels}/{panel}/tools/add", json={"args": {"by": 2}})
    http.post(f"{panels}/{panel}/tools/fail", json={})
    listed = http.get(f"{panels}/{panel}/executions").json()["items"]
    assert [(each["tool"], each["args"], each["execution"]["ok"]) for each in listed] == [
        ("fail", {}, False),
        ("add", {"by": 2}, True),
    ]


@pytest.mark.parametrize("cursor", ["notes", "1", "bGlzdFBhbmVscyBub3Rlcw", "_", "a" * 4096])
def test_a_cursor_of_another_list_is_refused(http, panels, panel, cursor):
    answer = http.get(f"{panels}/{panel}/log", params={"cursor": cursor})
    assert error(answer) == (422, "INVALID_ARGUMENTS")


@pytest.mark.parametrize("cursor", ["", "a" * 4097])
def test_what_is_no_cursor_is_refused(http, panels, panel, cursor):
    answer = http.get(f"{panels}/{panel}/log", params={"cursor": cursor})
    assert error(answer) == (400, "BAD_REQUEST")


def test_the_tree_is_that_of_the_source(http, panels, panel):
    answer = http.get(f"{panels}/{panel}/ast")
    assert answer.json()["title"] == "Counter"


def test_a_deleted_panels_name_begins_anew_with_later_revisions(http, panels, panel, source):
    http.post(f"{panels}/{panel}/tools/add", json={})
    http.delete(f"{panels}/{panel}")
    http.post(panels, json={"id": panel, "source": source})
    state = http.get(f"{panels}/{panel}/state").json()
    assert (state["rev"], state["state"]["count"]) == (2, 0)
    assert http.get(f"{panels}/{panel}/log").json()["items"] == []


@pytest.mark.requirement("ker.rest")
def test_a_source_is_checked_without_being_stored(http, source):
    good = http.post("/api/check", json={"source": source}).json()
    assert (good["ok"], good["diagnostics"]) == (True, [])
    assert "ext:timer:sleep" in good["capabilities"]
    bad = http.post("/api/check", json={"source": BROKEN}).json()
    assert (bad["ok"], bad["diagnostics"][0]["code"]) == (False, "UNDEFINED_STATE_REFERENCE")


def test_a_body_of_another_type_is_refused(http, panels):
    answer = http.post(panels, content=b"{}", headers={"content-type": "text/plain"})
    assert error(answer) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("body", [{"rev": "1"}, {"rev": True}, {"rev": 1.5}, {"rev": [1]}, []])
def test_a_body_that_is_almost_right_is_refused(http, panels, panel, body):
    assert error(http.post(f"{panels}/{panel}/undo", json=body)) == (400, "BAD_REQUEST")


def test_an_unknown_field_is_refused(http, panels, source):
    answer = http.post(panels, json={"source": source, "sauce": 1})
    assert error(answer) == (400, "BAD_REQUEST")
    assert "sauce" in answer.json()["error"]["message"]


def test_a_body_longer_than_allowed_is_refused(http, kernel, panels):
    answer = http.post("/api/check", json={"source": "x" * kernel.body_bytes})
    assert error(answer) == (413, "PAYLOAD_TOO_LARGE")


@pytest.mark.parametrize("method", ["PATCH", "DELETE", "TRACE", "OPTIONS", "NONSENSE"])
def test_a_method_that_is_not_there_is_refused_and_says_which_are(http, panels, method):
    answer = http.request(method, panels)
    assert error(answer) == (405, "METHOD_NOT_ALLOWED")
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
def test_an_address_that_is_not_there_is_told_so_whatever_is_asked(http, method):
    for path in ("/api/", "/api/nothing", "/api/workspaces/"):
        assert error(http.request(method, path)) == (404, "NOT_FOUND"), path


def test_the_trace_of_the_caller_names_the_failure(http):
    trace = "0af7651916cd43dd8448eb211c80319c"
    answer = http.get(
        "/api/workspaces/nowhere", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"}
    )
    assert answer.json()["error"]["traceId"] == trace


def test_health_readiness_and_metrics_answer(http, panels, panel):
    assert http.get("/health").json()["status"] == "ok"
    assert http.get("/ready").json()["status"] == "ready"
    http.post(f"{panels}/{panel}/tools/fail", json={})
    metrics = http.get("/metrics").text
    assert 'nexus_executions_total{outcome="EXECUTION_ERROR"}' in metrics
    assert "nexus_commit_seconds_bucket" in metrics
    assert "nexus_sandbox_acquired_total" in metrics


@pytest.mark.requirement("run.headless")
def test_update_and_error_handlers_run_after_what_clients_do(http, panels):
    source = """
    <NexusPanel title="Hooks">
      <Data><State name="n" default="0"/><State name="log" type="list" default="[]"/></Data>
      <Logic>
        <Tool name="fail"><Handler>$state.n = 9; throw new Error("no");</Handler></Tool>
        <Tool name="add"><Handler>$state.n += 1;</Handler></Tool>
        <Tool name="log"><Handler>return $state.log;</Handler></Tool>
        <Lifecycle on="update"><Handler>$state.log.push($state.n);</Handler></Lifecycle>
        <Lifecycle on="error"><Handler>$state.log.push($args.code);</Handler></Lifecycle>
      </Logic>
    </NexusPanel>
    """
    panel = f"{panels}/{http.post(panels, json={'source': source}).json()['id']}"
    http.post(f"{panel}/tools/add", json={})
    while (log := http.post(f"{panel}/tools/log", json={}).json()["value"]) != [1]:
        assert log == []
    http.post(f"{panel}/tools/fail", json={})
    while (log := http.post(f"{panel}/tools/log", json={}).json()["value"]) == [1]:
        pass
    assert log == [1, "EXECUTION_ERROR"]
