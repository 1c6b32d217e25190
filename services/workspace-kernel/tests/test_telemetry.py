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
