"""What the kernel tells of executions agrees with the schemas of TriLog."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from trilog_schemas.testing import fingerprints
from workspace_kernel.testing import wire


@pytest.mark.requirement("obs.record")
async def test_an_execution_leaves_its_fingerprint(kernel, panel):
    with fingerprints() as collected:
        async with wire(kernel) as client:
            await client.trigger(panel, "add", request_id="told")
    spans = [each for each in collected if each.attributes.get("trilog.obj.id") == "told"]
    assert [each.name for each in spans] == ["HandlerExecution"]
    assert spans[0].attributes["trilog.handler_execution.tool"] == "add"
    assert [each.attributes["trilog.process.phase"] for each in spans[0].events] == [
        "started",
        "succeeded",
    ]


@pytest.mark.requirement("ker.ws")
@pytest.mark.requirement("obs.record")
async def test_the_trace_of_a_click_goes_on_in_the_handler(kernel, panel):
    trace, click = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
    with fingerprints() as collected:
        async with wire(kernel) as client:
            await client.send(
                "TRIGGER",
                requestId="clicked",
                panelId=panel,
                tool="add",
                traceparent=f"00-{trace}-{click}-01",
            )
            await client.expect("RESULT")
    spans = [each for each in collected if each.attributes.get("trilog.obj.id") == "clicked"]
    assert [(each.name, each.trace, each.parent) for each in spans] == [
        ("HandlerExecution", trace, click)
    ]


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize("traceparent", ["", "00-0-0-01", f"00-{'0' * 32}-{'0' * 16}-01", "x" * 64])
async def test_what_is_no_trace_begins_one_of_its_own(kernel, panel, traceparent):
    with fingerprints() as collected:
        async with wire(kernel) as client:
            await client.send(
                "TRIGGER", requestId="alone", panelId=panel, tool="add", traceparent=traceparent
            )
            assert (await client.expect("RESULT"))["ok"] is True
    spans = [each for each in collected if each.attributes.get("trilog.obj.id") == "alone"]
    assert [each.parent for each in spans] == [None]


@pytest.mark.requirement("obs.record")
def test_a_panel_leaves_the_phases_of_its_life(http, panels, panel):
    with fingerprints() as collected:
        http.get(f"{panels}/{panel}/state")
        http.delete(f"{panels}/{panel}")
    about = f"default/{panel}"
    assert [
        each.attributes["trilog.process.phase"]
        for each in collected
        if each.name == "PanelLifecycle" and each.attributes["trilog.obj.id"] == about
    ] == ["initialising", "active", "stopped"]


@pytest.mark.requirement("obs.record")
def test_an_execution_says_who_asked_for_it_where_people_log_in(home):
    with fingerprints() as collected:
        ran = home.editor.http.post(f"{home.path}/panels/p/tools/add", json={}).json()
    spans = [each for each in collected if each.attributes.get("trilog.obj.id") == ran["id"]]
    assert {each.attributes["trilog.execution.user"] for each in spans} == {home.editor.id}


# ---- metrics

ABBREVIATED = re.compile(
    r"_(ms|milliseconds|us|ns|minutes|hours|kb|kib|mb|mib|percent|pct|avg)(_|$)"
)
LABELS = {"method", "route", "status", "outcome", "direction", "action", "le"}


def lint(name: str, kind: str, text: str, samples: set[str]) -> list[str]:
    """Return what the linter of Prometheus would have against a metric."""
    found = []
    if not text:
        found.append("has no help")
    if not re.fullmatch(r"(nexus|python|process)_[a-z0-9_]+", name):
        found.append("is not spelled nexus_…")
    if ABBREVIATED.search(name):
        found.append("has a unit that is no base unit")
    if any(each in name for each in ("_counter", "_gauge", "_histogram")):
        found.append("names its type")
    if kind == "counter" and not samples <= {f"{name}_total"}:
        found.append("is a counter whose name does not end in _total")
    if kind in ("gauge", "histogram") and name.endswith("_total"):
        found.append("is no counter, and its name ends in _total")
    return [f"{name} {each}" for each in found]


@pytest.mark.requirement("ker.rest")
async def test_metrics_are_named_as_prometheus_wants_them(kernel, http, panels, panel):
    http.post(f"{panels}/{panel}/tools/add", json={})
    http.get("/api/nothing")
    async with wire(kernel) as client:
        await client.subscribe(panel)
    families = [*text_string_to_metric_families(http.get("/metrics").text)]
    assert len(families) > 15
    found = []
    for each in families:
        created = {f"{each.name}_created"}
        samples = {sample.name for sample in each.samples} - created
        found += lint(each.name, each.type, each.documentation, samples)
        if each.type == "histogram" and "seconds" not in each.name:
            found += [] if each.name == "nexus_commit_writes" else [f"{each.name} has no unit"]
    assert found == []


async def test_no_label_grows_with_what_there_is(kernel, http, panels, panel):
    for number in range(5):
        http.get(f"/api/workspaces/unheard-of-{number}/panels/{panel}")
        http.get(f"/unheard-of-{number}")
        http.request(f"METHOD{number}", "/health")
    labels: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(http.get("/metrics").text):
        for sample in family.samples:
            for label, value in sample.labels.items():
                labels.setdefault(label, set()).add(value)
    assert labels.keys() <= LABELS
    assert [value for values in labels.values() for value in values if "unheard" in value] == []
    assert labels["method"] <= {"GET", "HEAD", "POST", "PUT", "DELETE", "other"}
    assert panel not in str(labels)
