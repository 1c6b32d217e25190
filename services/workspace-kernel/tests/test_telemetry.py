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
