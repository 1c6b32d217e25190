"""Whole panels that mean harm: the parser refuses them, or their tools are bounded."""

import json

import pytest
from security import corpus

from nexus_core import InvalidPanelError, Limits, Panel
from nexus_core.extensions import TimerExtension

pytestmark = [
    pytest.mark.requirement("run.limits"),
    pytest.mark.requirement("run.capabilities"),
]

TEXT = (corpus.FOLDER / "panels.markup.json").read_text(encoding="utf-8")
CASES = json.loads(TEXT)["cases"]


def limits_of(case: dict) -> Limits:
    """Return short ones for what is to be stopped by them, others that no busy machine reaches."""
    timeout_ms = 80 if "TIMEOUT" in case.get("outcomes", []) else 1000
    return Limits(timeout_ms=timeout_ms, memory_bytes=8 << 20, wall_ms=5000)


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
async def test_a_panel_that_means_harm_is_refused_or_bounded(case):
    value = None
    try:
        opened = Panel.open(case["panel"], extensions=[TimerExtension()], limits=limits_of(case))
        async with opened as panel:
            execution = await panel.call("attack")
            code = str(execution.error.code) if execution.error else "ok"
            value = execution.value
    except InvalidPanelError:
        code = "refused"

    assert code in case.get("outcomes", ["ok"])
    assert value == case.get("value", value)
