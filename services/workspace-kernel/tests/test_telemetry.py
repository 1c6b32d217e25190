"""What the kernel tells of executions agrees with the schemas of TriLog."""

import pytest

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
