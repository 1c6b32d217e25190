"""The headless panel: source in, tools callable, state out."""

import asyncio

import pytest

from nexus_core import InvalidPanelError, Limits, Panel, PanelError
from nexus_core.extensions import CallContext, Extension, TimerExtension, method
from nexus_core.journal import MemoryJournal
from nexus_core.ledger import CARRIED
from nexus_core.notices import Emitted, Execution, Failed, Reloaded, Waiting
from nexus_protocol import Change, ErrorCode
from nexus_protocol.patches import Add, Replace

COUNTER = """
<NexusPanel title="Counter">
  <Data>
    <State name="n" type="number" default="1"/>
    <State name="list" type="list" default="[]"/>
    <Computed name="double" value="{$state.n * 2}"/>
  </Data>
  <Logic>
    <Extension name="test.gate" alias="gate"/>
    <Tool name="add">
      <Arg name="by" type="number" default="1"/>
      <Handler>
        $state.n += $args.by;
        $emit("added", { by: $args.by });
        $log("now", $state.n);
        return $state.double;
      </Handler>
    </Tool>
    <Tool name="twice"><Handler>
      await $tools.add({ by: 10 });
      await $tools.add({ by: 100 });
    </Handler></Tool>
    <Tool name="fail"><Handler>
      $state.n = 99;
      throw new Error("no");
    </Handler></Tool>
    <Tool name="wait"><Handler>
      $state.list.push("before");
      const answer = await $ext.gate.enter("key");
      $state.list.push(answer, $state.n);
      return answer;
    </Handler></Tool>
    <Tool name="both"><Handler>
      return await Promise.all([$ext.gate.enter("a"), $ext.gate.enter("b")]);
    </Handler></Tool>
    <Tool name="refused"><Handler>
      try {
        await $ext.gate.refuse();
      } catch (error) {
        return [error.code, error.message];
      }
    </Handler></Tool>
    <Tool name="endless"><Handler timeout_ms="100">while (true) {}</Handler></Tool>
  </Logic>
  <View><Text>{$state.n} {$state.double} {$state.list.length}</Text></View>
</NexusPanel>
"""


class Gate(Extension):
    """An extension that answers when the test lets it."""

    name = "test.gate"

    def __init__(self) -> None:
        self.open = asyncio.Event()

    @method()
    async def enter(self, context: CallContext, key: str) -> str:
        """Wait until the gate is open."""
        await self.open.wait()
        return key.upper()

    @method()
    async def refuse(self, context: CallContext) -> None:
        """Fail as an extension does."""
        raise ValueError("not today")


async def suspended(panel: Panel) -> asyncio.Task[Execution]:
    """Begin the tool that waits at the gate, and return when it does."""
    waits = asyncio.Event()
    panel.listen(lambda notice: waits.set() if isinstance(notice, Waiting) else None)
    execution = asyncio.create_task(panel.call("wait"))
    await waits.wait()
    return execution


@pytest.mark.requirement("run.headless")
async def test_a_tool_changes_the_state_and_answers():
    async with Panel.open(COUNTER) as panel:
        execution = await panel.call("add", {"by": 4})
        assert (execution.ok, execution.value, execution.patches) == (
            True,
            10,
            (Replace(path="/n", value=5),),
        )
        assert [(each.name, each.payload) for each in execution.events] == [("added", {"by": 4})]
        assert [(each.level, each.message) for each in execution.logs] == [("info", "now 5")]
        assert (panel.state, panel.rev) == ({"n": 5, "list": []}, 1)
        await panel.refresh()
        assert panel.computed == {"double": 10}


@pytest.mark.requirement("run.headless")
async def test_a_given_state_takes_the_place_of_defaults_and_what_is_not_declared_is_dropped():
    async with Panel.open(COUNTER, state={"n": 7, "unknown": 1}) as panel:
        assert panel.state == {"n": 7, "list": []}


@pytest.mark.requirement("run.headless")
async def test_an_expression_is_evaluated_over_the_newest_state_and_computed_values():
    async with Panel.open(COUNTER) as panel:
        await panel.set("/n", 4)
        assert await panel.evaluate("[$state.n, $state.double]") == [4, 8]


@pytest.mark.requirement("run.globals")
async def test_tools_call_each_other_in_one_execution():
    async with Panel.open(COUNTER) as panel:
        execution = await panel.call("twice")
        assert (execution.ok, panel.state["n"], panel.rev) == (True, 111, 1)


@pytest.mark.requirement("run.state")
async def test_a_handler_that_fails_commits_nothing():
    async with Panel.open(COUNTER) as panel:
        execution = await panel.call("fail")
        assert execution.error is not None
        assert (execution.error.code, execution.error.message) == (ErrorCode.EXECUTION_ERROR, "no")
        assert (panel.state["n"], panel.rev, execution.patches) == (1, 0, ())


@pytest.mark.requirement("run.suspend")
async def test_changes_are_committed_at_a_suspension_and_others_run_meanwhile():
    gate = Gate()
    async with Panel.open(COUNTER, extensions=[gate]) as panel:
        waiting = await suspended(panel)
        assert panel.state["list"] == ["before"]
        await panel.call("add", {"by": 41})
        gate.open.set()
        execution = await waiting
        assert execution.value == "KEY"
        assert panel.state == {"n": 42, "list": ["before", "KEY", 42]}
        assert panel.rev == 3
        assert execution.metrics.segments == 2


@pytest.mark.requirement("run.suspend")
async def test_several_calls_wait_at_once():
    gate = Gate()
    gate.open.set()
    async with Panel.open(COUNTER, extensions=[gate]) as panel:
        execution = await panel.call("both")
        assert execution.value == ["A", "B"]


@pytest.mark.requirement("run.extensions")
async def test_a_failing_extension_is_a_javascript_error_that_can_be_caught():
    async with Panel.open(COUNTER, extensions=[Gate()]) as panel:
        execution = await panel.call("refused")
        assert execution.value[0] == "EXTENSION_ERROR"


@pytest.mark.requirement("run.extensions")
async def test_an_extension_that_nobody_connected_is_an_error_with_its_own_code():
    async with Panel.open(COUNTER) as panel:
        execution = await panel.call("wait")
        assert execution.error is not None
        assert execution.error.code == ErrorCode.EXTENSION_NOT_FOUND


@pytest.mark.requirement("run.limits")
async def test_an_endless_handler_is_stopped_and_the_panel_lives():
    async with Panel.open(COUNTER) as panel:
        execution = await panel.call("endless")
        assert execution.error is not None
        assert execution.error.code == ErrorCode.TIMEOUT
        assert (await panel.call("add")).ok


@pytest.mark.requirement("run.limits")
async def test_a_handler_cannot_raise_its_own_time_above_the_operators_ceiling():
    source = COUNTER.replace('timeout_ms="100"', 'timeout_ms="100000"')
    async with Panel.open(source, limits=Limits(timeout_ms=100)) as panel:
        execution = await panel.call("endless")
        assert execution.error is not None
        assert execution.error.code == ErrorCode.TIMEOUT


@pytest.mark.parametrize(
    ("tool", "args", "code", "message"),
    [
        ("ad", {}, "TOOL_NOT_FOUND", "there is no tool 'ad'; did you mean 'add'?"),
        ("add", {"b": 1}, "INVALID_ARGUMENTS", "tool add has no argument 'b'; did you mean 'by'?"),
        ("add", {"by": "x"}, "INVALID_ARGUMENTS", "argument by: expected a number"),
        ("add", [1, 2], "INVALID_ARGUMENTS", "tool add takes 1 arguments, got 2"),
    ],
)
async def test_a_wrong_call_is_refused_before_anything_runs(tool, args, code, message):
    async with Panel.open(COUNTER) as panel:
        with pytest.raises(PanelError, match=message.replace("?", r"\?")) as caught:
            await panel.call(tool, args)
        assert (caught.value.code, panel.rev) == (code, 0)


async def test_arguments_go_by_order_too_and_are_coerced():
    async with Panel.open(COUNTER) as panel:
        await panel.call("add", ["5"])
        assert panel.state["n"] == 6


@pytest.mark.requirement("run.state")
async def test_a_binding_writes_one_value():
    async with Panel.open(COUNTER, state={"list": [{"done": False}]}) as panel:
        assert await panel.set("/list/0/done", True) == 1
        assert panel.state["list"] == [{"done": True}]


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("/m", 1, "there is no state 'm'"),
        ("/double", 1, "double is computed"),
        ("/n", "x", "state n: expected a number"),
        ("/list/4", 1, "the list is shorter"),
        ("/list/x/y", 1, "there is nothing at this path"),
        ("n", 1, "a path begins with a slash"),
        ("", {}, "there is no state"),
    ],
)
async def test_a_write_that_does_not_fit_is_refused(path, value, message):
    async with Panel.open(COUNTER) as panel:
        with pytest.raises(PanelError, match=message) as caught:
            await panel.set(path, value)
        assert (caught.value.code, panel.rev) == (ErrorCode.INVALID_PATH, 0)


ROWS = """
<NexusPanel title="Rows">
  <Data><State name="rows" type="list" default='[{ "id": 1 }, { "id": 2 }]'/></Data>
  <Logic>
    <Tool name="above"><Handler>$state.rows.unshift({ id: 0 });</Handler></Tool>
    <Tool name="clear"><Handler>$state.rows = [];</Handler></Tool>
  </Logic>
</NexusPanel>
"""


@pytest.mark.requirement("ker.ws")
async def test_a_write_goes_to_the_row_that_was_at_its_place_when_it_was_read():
    async with Panel.open(ROWS) as panel:
        await panel.call("above")
        await panel.set("/rows/1/text", "two", rev=0)
        await panel.set("/rows/1/text", "one")
        rows = [{"id": 0}, {"id": 1, "text": "one"}, {"id": 2, "text": "two"}]
        assert panel.state == {"rows": rows}


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize(("rev", "message"), [(1, "is gone"), (-1, "not known"), (9, "not known")])
async def test_a_write_to_a_row_that_nobody_finds_is_a_conflict(rev, message):
    async with Panel.open(ROWS) as panel:
        await panel.call("above")
        await panel.call("clear")
        with pytest.raises(PanelError, match=message) as caught:
            await panel.set("/rows/1/text", "two", rev=rev)
        assert (caught.value.code, panel.rev) == (ErrorCode.CONFLICT, 2)


async def test_a_write_to_a_name_needs_no_revision_that_is_known():
    async with Panel.open(COUNTER) as panel:
        assert await panel.set("/n", 2, rev=9) == 1


async def test_a_row_is_not_looked_for_over_more_changes_than_are_carried():
    async with Panel.open(ROWS) as panel:
        for number in range(CARRIED + 1):
            await panel.set("/rows/0/n", number)
        await panel.set("/rows/0/text", "known", rev=1)
        with pytest.raises(PanelError, match="too long ago"):
            await panel.set("/rows/0/text", "forgotten", rev=1)
        assert panel.state["rows"][0]["text"] == "known"


@pytest.mark.requirement("ker.panels")
async def test_a_reload_keeps_the_state_whose_names_and_types_remain():
    async with Panel.open(COUNTER) as panel:
        await panel.call("add", {"by": 6})
        notices = []
        panel.listen(notices.append)
        changed = COUNTER.replace(
            '<State name="list" type="list" default="[]"/>',
            '<State name="list" type="string" default="new"/>'
            '<State name="more" type="string" default="1"/>',
        )
        assert (await panel.reload(changed)).ok
        assert panel.state == {"n": 7, "list": "new", "more": "1"}
        assert isinstance(notices[-1], Reloaded)
        assert notices[-1].rev == panel.rev


@pytest.mark.requirement("ker.panels")
async def test_a_reload_with_errors_changes_nothing():
    async with Panel.open(COUNTER) as panel:
        before = panel.source_hash
        assert not (
            await panel.reload(
                COUNTER.replace("$state.n }", "$state.m }").replace("{$state.n}", "{$state.m}")
            )
        ).ok
        assert panel.source_hash == before
        assert (await panel.call("add")).ok


async def test_a_source_with_errors_cannot_be_opened():
    with pytest.raises(InvalidPanelError) as caught:
        async with Panel.open("<NexusPanel><Data><State/></Data></NexusPanel>"):
            pass
    assert [each.code for each in caught.value.diagnostics if each.severity == "error"]


@pytest.mark.requirement("run.changes")
async def test_a_change_is_in_the_journal_before_anybody_hears_of_it():
    journal = MemoryJournal()
    panel = await Panel.start(COUNTER, journal=journal)
    heard = []
    panel.listen(lambda notice: heard.append((type(notice), len(journal.changes))))
    await panel.call("add")
    await panel.stop()
    assert (Change, 1) in heard
    assert [change.rev for change in journal.changes] == [1]


async def test_events_are_told_after_the_change_they_belong_to():
    panel = await Panel.start(COUNTER)
    kinds = []
    panel.listen(lambda notice: kinds.append(type(notice)))
    await panel.call("add")
    await panel.stop()
    assert kinds.index(Change) < kinds.index(Emitted)


async def test_changes_can_be_followed():
    async with Panel.open(COUNTER) as panel:
        changes = panel.changes()
        following = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)
        await panel.set("/n", 3)
        change = await following
        assert (change.rev, change.ops) == (1, (Add(path="/n", value=3),))
        await changes.aclose()


async def test_mount_runs_at_the_start_and_unmount_at_the_end():
    source = """
    <NexusPanel title="Life">
      <Data><State name="log" type="list" default="[]"/></Data>
      <Logic>
        <Lifecycle on="mount"><Handler>$state.log.push("mount");</Handler></Lifecycle>
        <Lifecycle on="unmount"><Handler>$state.log.push("unmount");</Handler></Lifecycle>
      </Logic>
      <View><Text>{$state.log.length}</Text></View>
    </NexusPanel>
    """
    panel = await Panel.start(source)
    assert panel.state == {"log": ["mount"]}
    await panel.stop()
    assert panel.state == {"log": ["mount", "unmount"]}


async def test_a_mount_that_fails_is_told_and_the_panel_runs():
    source = """
    <NexusPanel title="Fails">
      <Logic><Lifecycle on="mount"><Handler>throw new Error("no");</Handler></Lifecycle></Logic>
      <View><Text>still here</Text></View>
    </NexusPanel>
    """
    notices = []
    panel = await Panel.start(source, listener=notices.append)
    await panel.stop()
    assert [notice.error.message for notice in notices if isinstance(notice, Failed)] == ["no"]


async def test_stopping_ends_what_waits():
    panel = await Panel.start(COUNTER, extensions=[Gate()])
    waiting = await suspended(panel)
    await panel.stop()
    assert (await waiting).error.code is ErrorCode.CANCELLED


@pytest.mark.requirement("run.state")
async def test_a_write_does_not_overtake_a_call_that_came_before_it():
    async with Panel.open(COUNTER) as panel:
        execution, _ = await asyncio.gather(panel.call("add"), panel.set("/n", 100))
        assert (execution.rev, execution.value, panel.state["n"]) == (1, 4, 100)


@pytest.mark.requirement("run.limits")
async def test_an_execution_that_waits_too_long_is_given_up():
    source = """<NexusPanel><Logic><Extension name="nexus.timer"/>
      <Tool name="wait"><Handler>await $ext.timer.sleep(60000)</Handler></Tool>
    </Logic></NexusPanel>"""

    limits = Limits(wall_ms=30)
    async with Panel.open(source, extensions=[TimerExtension()], limits=limits) as panel:
        execution = await panel.call("wait")

    assert execution.error.code is ErrorCode.TIMEOUT
    assert "30 ms, waiting included" in execution.error.message
