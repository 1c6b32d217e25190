"""When the handlers run that nobody calls: mount, update, error, unmount."""

import asyncio

import pytest

from nexus_core import Panel
from nexus_core.notices import Failed

pytestmark = pytest.mark.requirement("run.headless")


def panel_with(logic: str) -> str:
    return f"""
    <NexusPanel title="Life">
      <Data>
        <State name="n" type="number" default="0"/>
        <State name="log" type="list" default="[]"/>
      </Data>
      <Logic>
        <Tool name="add"><Handler>$state.n += 1;</Handler></Tool>
        <Tool name="fail"><Handler>$state.n = 9; throw new Error("no");</Handler></Tool>
        <Tool name="endless"><Handler timeout_ms="50">for (;;) {{}}</Handler></Tool>
        <Tool name="nothing"><Handler>return 1;</Handler></Tool>
        {logic}
      </Logic>
    </NexusPanel>
    """


LOGGING = panel_with("""
<Lifecycle on="mount"><Handler>$state.log.push("mount");</Handler></Lifecycle>
<Lifecycle on="update"><Handler>$state.log.push("update " + $state.n);</Handler></Lifecycle>
<Lifecycle on="error"><Handler>
  $state.log.push([$args.tool, $args.code, $args.message]);
</Handler></Lifecycle>
<Lifecycle on="unmount"><Handler>$state.log.push("unmount");</Handler></Lifecycle>
""")


async def test_update_runs_after_a_change_and_not_because_of_itself_or_mount():
    async with Panel.open(LOGGING) as panel:
        await panel.settled()
        assert panel.state["log"] == ["mount"]
        await panel.call("add")
        await panel.settled()
        await panel.set("/n", 5)
        await panel.settled()
        await panel.undo()
        await panel.settled()
        await panel.call("nothing")
        await panel.settled()
        assert panel.state["log"] == ["mount", "update 1", "update 5", "update 1"]


async def test_changes_while_an_update_waits_are_one_more_update():
    async with Panel.open(LOGGING) as panel:
        await asyncio.gather(*(panel.set("/n", n) for n in range(50)))
        await panel.settled()
        assert panel.state["log"] == ["mount", "update 49", "update 49"]


async def test_error_runs_after_a_handler_that_failed_and_knows_what_went_wrong():
    async with Panel.open(LOGGING) as panel:
        await panel.call("fail")
        await panel.call("endless")
        await panel.settled()
        assert panel.state["log"] == [
            "mount",
            ["fail", "EXECUTION_ERROR", "no"],
            ["endless", "TIMEOUT", "the handler computed longer than 50 ms"],
        ]
        assert panel.state["n"] == 0


async def test_an_update_that_fails_runs_error_once_and_an_error_that_fails_runs_nothing():
    source = panel_with("""
    <Lifecycle on="update"><Handler>throw new Error("update");</Handler></Lifecycle>
    <Lifecycle on="error"><Handler>throw new Error("error of " + $args.tool);</Handler></Lifecycle>
    """)
    failed = []
    panel = await Panel.start(
        source, listener=lambda it: failed.append(it) if isinstance(it, Failed) else None
    )
    await panel.call("add")
    await panel.settled()
    await panel.stop()
    assert [(each.tool, each.error.message) for each in failed] == [
        ("update", "update"),
        ("error", "error of update"),
    ]


async def test_after_unmount_nothing_runs():
    panel = await Panel.start(LOGGING)
    await panel.call("add")
    await panel.stop()
    await panel.settled()
    assert panel.state["log"][-1] == "unmount"


async def test_an_update_may_call_tools_without_running_again():
    source = panel_with("""
    <Lifecycle on="update"><Handler>
      if ($state.n < 100) await $tools.add();
    </Handler></Lifecycle>
    """)
    async with Panel.open(source) as panel:
        await panel.call("add")
        await panel.settled()
        assert panel.state["n"] == 2


async def test_the_capabilities_of_all_handlers_are_known_in_sum():
    async with Panel.open(LOGGING) as panel:
        assert panel.capabilities == (
            "state:read:log",
            "state:read:n",
            "state:write:log",
            "state:write:n",
        )


async def test_tools_that_call_tools_and_command_the_view_are_one_execution():
    source = panel_with("""
    <Tool name="first"><Arg name="by" type="number"/><Handler>
      const n = await $tools.second({ by: $args.by });
      $view.getElementById("box").setProp("title", "n is " + n);
      return n;
    </Handler></Tool>
    <Tool name="second"><Arg name="by" type="number"/><Handler>
      await $tools.add();
      $view.scrollTo("box");
      return $state.n += $args.by;
    </Handler></Tool>
    """)
    async with Panel.open(source) as panel:
        execution = await panel.call("first", ["4"])
        assert (execution.value, panel.rev) == (5, 1)
        assert [(each.id, each.method, each.args) for each in execution.view] == [
            ("box", "scrollTo", ()),
            ("box", "setProp", ("title", "n is 5")),
        ]
