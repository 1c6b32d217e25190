"""Kernels killed after each of their commits, and what the next ones make of what is there.

The database is copied whenever a transaction is committed. Those copies are all that a kernel can
leave that is killed at any moment: a new one is brought up on each.
"""

import shutil
from contextlib import asynccontextmanager

import pytest

from workspace_kernel.kernel import running
from workspace_kernel.resources import NewPanel
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import ManualClock

SOURCE = """
<NexusPanel title="Shop">
  <Data>
    <State name="sold" type="number" default="0"/>
    <State name="heard" type="number" default="0"/>
    <State name="seen" type="number" default="0"/>
    <State name="told" type="number" default="0"/>
  </Data>
  <Logic>
    <Tool name="sell"><Handler>$state.sold += 1; $emit("sold", {});</Handler></Tool>
    <Tool name="tell"><Handler>$emit("told", {});</Handler></Tool>
    <Tool name="hear"><Trigger event="sold"/><Handler>$state.heard += 1;</Handler></Tool>
    <Tool name="see"><Trigger change="$state.sold"/><Handler>$state.seen += 1;</Handler></Tool>
    <Tool name="listen"><Trigger event="told"/><Handler>$state.told += 1;</Handler></Tool>
  </Logic>
</NexusPanel>
"""


class Copying(Telemetry):
    """Copies a kernel's folder after each of its commits, in the thread that commits."""

    def __init__(self, data, copies) -> None:
        super().__init__()
        self.data = data
        self.copies = copies
        self.made = 0

    def commit(self, writes: int, seconds: float) -> None:
        super().commit(writes, seconds)
        self.made += 1
        shutil.copytree(self.data, self.copies / str(self.made))


@asynccontextmanager
async def kernel(data, telemetry=None):
    settings = Settings(data=data, demo=False, git_seconds=3600, drain_seconds=0)
    async with running(settings, telemetry or Telemetry(), ManualClock()) as kernel:
        yield kernel


async def ask(kernel, tool: str):
    """Ask for a tool, always as the same request; return its result, and what came of it."""
    async with kernel.workspaces.panels("default").use("p") as panel:
        result = await (await panel.call(ToolRequest("once", tool, {})))
        await kernel.triggers.settled()
        return result, panel.state


async def left_by(tmp_path, tool: str):
    """Return copies of all that a kernel can leave that was asked for a tool."""
    data, copies = tmp_path / "data", tmp_path / "copies"
    async with kernel(data) as first:
        await first.workspaces.panels("default").create(NewPanel(id="p", source=SOURCE))
    async with kernel(data, Copying(data, copies)) as asked:
        await ask(asked, tool)
    return sorted(copies.iterdir())


@pytest.mark.requirement("ker.store")
@pytest.mark.requirement("ker.triggers")
@pytest.mark.parametrize(
    ("tool", "state"),
    [
        ("sell", {"sold": 1, "heard": 1, "seen": 1, "told": 0}),
        ("tell", {"sold": 0, "heard": 0, "seen": 0, "told": 1}),
    ],
)
async def test_what_an_execution_does_and_leads_to_is_done_once_wherever_the_kernel_is_killed(
    tool, state, tmp_path
):
    copies = await left_by(tmp_path, tool)
    assert len(copies) > 2
    for copy in copies:
        async with kernel(copy) as again:
            result, found = await ask(again, tool)
        assert (copy.name, result.error, found) == (copy.name, None, state)
