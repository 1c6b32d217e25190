"""What runs tools by itself: on time, once, within bounds, over restarts; on a clock of its own."""

import asyncio
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from nexus_core.notices import Waiting
from nexus_protocol import Change
from nexus_protocol.patches import Add, Cause
from workspace_kernel.db import repositories
from workspace_kernel.db import triggers as tables
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.kernel import running
from workspace_kernel.resources import NewPanel, PanelDraft
from workspace_kernel.services.calls import ToolRequest
from workspace_kernel.services.causes import LONGEST_CHAIN, LONGEST_LINE
from workspace_kernel.services.running import Reported
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.testing import ManualClock

pytestmark = pytest.mark.requirement("ker.triggers")

START = 1_800_000_000.0


def source(*tools: str) -> str:
    return f"""
<NexusPanel title="Triggered">
  <Data>
    <State name="n" type="number" default="0"/>
    <State name="m" type="number" default="0"/>
    <State name="log" type="list" default="[]"/>
    <State name="form" type="object" default="{{ email: '' }}"/>
  </Data>
  <Logic>
    <Extension name="nexus.timer"/>
    {"".join(tools)}
    <Tool name="emit">
      <Arg name="event" type="string"/><Arg name="payload" default="null"/>
      <Handler>$emit($args.event, $args.payload);</Handler>
    </Tool>
    <Tool name="set"><Arg name="to" type="number"/><Handler>$state.m = $args.to;</Handler></Tool>
  </Logic>
</NexusPanel>
"""


def tool(name: str, trigger: str, code: str, args: str = "") -> str:
    handler = f"<Handler><![CDATA[{code}]]></Handler>"
    return f'<Tool name="{name}">{args}<Trigger {trigger}/>{handler}</Tool>'


COUNT = "$state.n += 1;"


class House:
    """A kernel in this process, and how a test speaks to it."""

    def __init__(self, kernel, clock) -> None:
        self.kernel = kernel
        self.clock = clock
        self.panels = kernel.workspaces.panels("default")

    async def make(self, *tools: str, panel: str = "p") -> None:
        await self.panels.create(NewPanel(id=panel, source=source(*tools)))
        await self.settled()

    async def pass_by(self, seconds: float) -> None:
        self.clock.advance(seconds)
        await self.settled()

    async def settled(self) -> None:
        await self.kernel.triggers.settled()

    async def call(self, name: str, args=(), panel: str = "p", request: str | None = None):
        request = request or f"r{self.clock.now()}{name}{args}"
        async with self.panels.use(panel) as used:
            answer = await (await used.call(ToolRequest(request, name, args)))
        await self.settled()
        return answer

    async def state(self, panel: str = "p"):
        async with self.panels.use(panel) as used:
            return (await used.whole_state()).state

    async def only(self, panel: str = "p"):
        (shown,) = (await self.panels.triggers(panel)).items
        return shown

    async def runs(self, panel: str = "p") -> int:
        page = await self.panels.past.executions(panel, None, 200)
        return sum(each.trigger is not None for each in page.items)


@asynccontextmanager
async def house(settings: Settings, clock: ManualClock):
    async with running(settings, Telemetry(), clock) as kernel:
        yield House(kernel, clock)


def refuse_deletion(connection) -> None:
    """Let the database refuse to delete a trigger: something refers to it."""
    of_trigger = "workspace_id, panel_id, id"
    columns = of_trigger.replace(",", " varchar(64),") + " varchar(64)"
    reference = f"FOREIGN KEY ({of_trigger}) REFERENCES tool_trigger ({of_trigger})"
    connection.execute(text(f"CREATE TABLE holding ({columns}, {reference})"))
    connection.execute(text(f"INSERT INTO holding SELECT {of_trigger} FROM tool_trigger"))


@pytest.fixture
def clock():
    return ManualClock(START)


@pytest.fixture
def settings(tmp_path, database_url):
    return Settings(
        data=tmp_path / "data",
        database_url=SecretStr(database_url()),
        demo=False,
        git_seconds=3600,
        drain_seconds=0,
    )


# ---- time


async def test_an_interval_runs_its_tool_again_and_again(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        await home.pass_by(59)
        assert await home.runs() == 0
        for expected in (1, 2, 3):
            await home.pass_by(60)
            assert (await home.state())["n"] == expected


async def test_a_cron_expression_runs_its_tool_at_its_times(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'cron="0 9 * * *" timezone="Europe/Berlin"', COUNT))
        # 2027-01-15 08:00 UTC is nine in the morning in Berlin: it is due tomorrow.
        assert (await home.only()).due_at == START + 86_400
        await home.pass_by(86_399)
        assert await home.runs() == 0
        await home.pass_by(1)
        assert (await home.state())["n"] == 1


async def test_what_was_missed_while_the_kernel_was_down_is_one_run(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
    clock.advance(3600)
    async with house(settings, clock) as home:
        await home.settled()
        assert await home.runs() == 1
        assert (await home.only()).due_at == START + 3660
    async with house(settings, clock) as home:
        await home.settled()
        assert await home.runs() == 1


async def test_a_trigger_gives_its_arguments_and_says_in_the_log_which_it_was(settings, clock):
    by = '<Arg name="by" type="number"/>'
    async with house(settings, clock) as home:
        await home.make(tool("add", 'every="60s" args="{ by: 5 }"', "$state.n += $args.by;", by))
        await home.pass_by(60)
        (change,) = (await home.panels.past.changes("p", None, 10)).items
        (entry,) = (await home.panels.past.executions("p", None, 10)).items
        shown = await home.only()
        assert (await home.state())["n"] == 5
        assert change.cause.trigger == shown.trigger.address == "Logic/Tool[add]/Trigger[0]"
        assert (entry.tool, entry.args, entry.trigger) == ("add", {"by": 5}, shown.id)


async def test_a_trigger_wakes_a_panel_that_sleeps(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="1h"', COUNT))
        await home.pass_by(3600)
        await home.pass_by(600)
        await home.kernel.runtime.sleep_idle()
        assert home.kernel.runtime.running(PanelKey("default", "p")) is None
        await home.pass_by(3600)
        assert (await home.state())["n"] == 2


async def test_a_run_that_takes_long_is_not_begun_a_second_time(settings, clock):
    waits = asyncio.Event()
    async with house(settings, clock) as home:
        await home.make(tool("slow", 'every="60s"', "await $ext.timer.sleep(60000);"))
        async with home.panels.use("p") as used:
            used.listen(lambda notice: isinstance(notice, Waiting) and waits.set())
            clock.advance(60)
            await waits.wait()
            clock.advance(600)
            assert (await home.only()).waiting == 1
            (entry,) = (await home.panels.past.executions("p", None, 10)).items
            used.cancel(entry.id)
            await home.settled()
        assert (await home.runs(), (await home.only()).failures) == (1, 0)


# ---- events


async def test_an_event_of_another_panel_runs_a_tool_with_its_payload(settings, clock):
    args = '<Arg name="text" type="string"/><Arg name="by" type="string"/>'
    async with house(settings, clock) as home:
        heard = tool(
            "hear",
            'event="sold" panel="shop" args="{ by: \'shop\' }"',
            "$state.log.push($args.text + ' by ' + $args.by);",
            args,
        )
        await home.make(heard)
        await home.make(panel="shop")
        sold = {"text": "milk", "by": "nobody", "more": 1}
        await home.call("emit", {"event": "sold", "payload": sold}, "shop")
        await home.call("emit", {"event": "else", "payload": sold}, "shop")
        await home.call("emit", {"event": "sold", "payload": sold})
        assert (await home.state())["log"] == ["milk by shop"]


async def test_events_are_heard_one_by_one_in_their_order(settings, clock):
    hear = tool(
        "hear", 'event="said"', "$state.log.push($args.text);", '<Arg name="text" type="string"/>'
    )
    async with house(settings, clock) as home:
        await home.make(hear)
        for text in "abcde":
            await home.call("emit", {"event": "said", "payload": {"text": text}}, request=text)
        assert (await home.state())["log"] == list("abcde")


async def test_more_events_than_may_wait_are_told_and_passed_over(settings, clock):
    burst = """<Tool name="burst"><Handler>
      for (let n = 0; n < 150; n += 1) $emit("said", {});
    </Handler></Tool>"""
    async with house(settings, clock) as home:
        await home.make(tool("hear", 'event="said"', COUNT), burst)
        await home.call("burst")
        shown = await home.only()
        assert await home.runs() == (await home.state())["n"] == LONGEST_LINE
        assert shown.failures == 0


# ---- changes


async def test_a_change_of_the_state_runs_a_tool_and_not_because_of_itself(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("watch", 'change="$state.m"', "$state.n += 1; $state.m += 1;"))
        await home.call("set", {"to": 5})
        assert await home.state() | {"log": [], "form": {}} == {
            "n": 1, "m": 6, "log": [], "form": {},
        }  # fmt: skip


async def test_a_change_inside_of_what_is_watched_counts_and_one_beside_it_does_not(
    settings, clock
):
    watch = tool("watch", 'change="$state.form"', "$state.log.push($state.form.email);")
    async with house(settings, clock) as home:
        await home.make(watch)
        async with home.panels.use("p") as used:
            await (await used.write("a", "/m", 1))
            await (await used.write("b", "/form/email", "ada"))
        await home.settled()
        assert (await home.state())["log"] == ["ada"]


async def test_changes_that_come_too_fast_are_one_more_run(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("watch", 'change="$state.m"', COUNT))
        for number in range(10):
            await home.call("set", {"to": number + 1}, request=f"set{number}")
        assert (await home.state())["n"] == 1
        await home.pass_by(1)
        assert (await home.state())["n"] == 2
        await home.pass_by(10)
        assert (await home.state())["n"] == 2


# ---- bounds


async def test_triggers_that_go_round_in_a_circle_are_cut_and_told(settings, clock):
    told: list[Reported] = []
    async with house(settings, clock) as home:
        await home.make(tool("ping", 'event="pong"', COUNT + '$emit("ping", {});'))
        await home.make(tool("pong", 'event="ping" panel="p"', '$emit("pong", {});'), panel="q")
        circle = tool("again", 'event="pong" panel="q"', COUNT + '$emit("ping", {});')
        await home.panels.save("p", PanelDraft(source=source(circle)), None)
        async with home.panels.use("p") as used, home.panels.use("q") as other:
            for each in (used, other):
                each.listen(lambda notice: isinstance(notice, Reported) and told.append(notice))
            await home.call("emit", {"event": "ping"})
        assert (await home.state())["n"] == LONGEST_CHAIN // 2
        assert [each.code for each in told] == ["RESOURCE_LIMIT"]
        assert "circle" in told[0].message


async def test_a_circle_through_an_update_handler_is_cut_too(settings, clock):
    update = '<Lifecycle on="update"><Handler>$emit("changed", {});</Handler></Lifecycle>'
    async with house(settings, clock) as home:
        await home.make(tool("again", 'event="changed"', COUNT), update)
        async with home.panels.use("p") as used:
            cut = asyncio.Event()
            used.listen(lambda notice: isinstance(notice, Reported) and cut.set())
            await home.call("set", {"to": 1})
            await cut.wait()
        await home.settled()
        assert (await home.state())["n"] == LONGEST_CHAIN
        assert "circle" in (await home.only()).error


async def test_a_trigger_that_fails_again_and_again_comes_less_often_and_is_shown(settings, clock):
    told: list[Reported] = []
    async with house(settings, clock) as home:
        await home.make(tool("bad", 'every="1s"', 'throw new Error("no milk");'))
        async with home.panels.use("p") as used:
            used.listen(lambda notice: isinstance(notice, Reported) and told.append(notice))
            for _ in range(600):
                await home.pass_by(1)
        shown = await home.only()
        # After 1 s, and then after rests of 5, 10, 20 … seconds.
        assert await home.runs() == shown.failures == 7
        assert (shown.error, len(told)) == ("no milk", 1)
        assert shown.rest_until - shown.ran_at == 320


async def test_a_trigger_that_works_again_is_back_to_its_step(settings, clock):
    flaky = 'if ($state.m === 0) throw new Error("not yet"); $state.n += 1;'
    async with house(settings, clock) as home:
        await home.make(tool("flaky", 'every="10s"', flaky))
        await home.pass_by(10)
        assert (await home.only()).failures == 1
        await home.call("set", {"to": 1})
        for _ in range(3):
            await home.pass_by(10)
        shown = await home.only()
        assert ((await home.state())["n"], shown.failures, shown.error) == (3, 0, None)


# ---- with the panel


async def test_a_stopped_panel_has_no_triggers_and_makes_nothing_up_when_it_starts(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        await home.panels.stop("p")
        await home.pass_by(600)
        assert ((await home.only()).armed, await home.runs()) == (False, 0)
    async with house(settings, clock) as home:
        await home.pass_by(600)
        await home.panels.start("p")
        await home.pass_by(59)
        assert await home.runs() == 0
        await home.pass_by(1)
        assert (await home.state())["n"] == 1


async def test_another_source_has_other_triggers_and_keeps_the_step_of_those_that_stay(
    settings, clock
):
    stays, goes = tool("stay", 'every="60s"', COUNT), tool("go", 'every="30s"', "$state.m += 1;")
    async with house(settings, clock) as home:
        await home.make(stays, goes)
        await home.pass_by(30)
        comes = tool("come", 'event="x"', "$state.m = 0;")
        await home.panels.save("p", PanelDraft(source=source(comes, stays)), None)
        shown = (await home.panels.triggers("p")).items
        assert [each.tool for each in shown] == ["come", "stay"]
        assert shown[1].due_at == START + 60
        await home.pass_by(30)
        assert await home.state() | {"log": 0, "form": 0} == {"n": 1, "m": 1, "log": 0, "form": 0}


async def test_a_deleted_panel_runs_nothing_any_more(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        await home.panels.delete("p")
        await home.pass_by(600)
        await home.make()
        assert (await home.panels.triggers("p")).items == ()
        assert await home.runs() == 0


async def test_a_deleted_panel_that_is_restored_has_its_triggers_again(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        (made,) = (await home.panels.past.history("p", None, 10)).items
        await home.panels.delete("p")
        await home.panels.restore("p", made.id, None)
        await home.pass_by(60)
        assert ((await home.only()).armed, (await home.state())["n"]) == (True, 1)


async def test_triggers_go_on_when_the_deletion_of_their_panel_is_taken_back(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT), tool("hear", 'event="x"', COUNT))
        await home.kernel.database.transact(refuse_deletion)
        with pytest.raises(IntegrityError):
            await home.panels.delete("p")
        await home.pass_by(60)
        await home.call("emit", {"event": "x"})
        assert (await home.state())["n"] == 2


async def test_triggers_are_armed_without_opening_a_panel(settings, clock):
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        await home.make(tool("tock", 'event="x"', COUNT), panel="q")
    async with house(settings, clock) as home:
        assert [each.status for each in (await home.panels.page(None, 10)).items] == ["created"] * 2


# ---- over a crash


async def test_a_run_is_made_once_wherever_the_kernel_was_killed(settings, clock):
    key = PanelKey("default", "p")
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        await home.pass_by(60)
        (done,) = (await home.panels.past.executions("p", None, 10)).items
        trigger = (await home.only()).id
        # Killed after the first run and before it was forgotten; and before the second began.
        await home.kernel.database.write(
            tables.add_firing(key, trigger, done.id, "{}"),
            tables.add_firing(key, trigger, f"trigger:1:{trigger}:later", "{}"),
        )
    async with house(settings, clock) as home:
        for _ in range(3):
            await home.pass_by(1)
        assert ((await home.state())["n"], await home.runs()) == (2, 2)
        assert await home.kernel.database.read(tables.firings) == []


async def test_a_run_that_a_killed_kernel_began_is_not_begun_again(settings, clock):
    key = PanelKey("default", "p")
    async with house(settings, clock) as home:
        await home.make(tool("tick", 'every="60s"', COUNT))
        trigger = (await home.only()).id
        request = f"trigger:1:{trigger}:1"
        async with home.panels.use("p") as used:
            # The change of the run is in the log, its end is not.
            change = Change(
                rev=1,
                base_rev=0,
                ops=(Add(path="/n", value=1),),
                cause=Cause(kind="execution", id=request, tool="tick"),
                at=START,
            )
            assert used.rev == 0
        await home.kernel.database.write(
            repositories.append_change(key, change),
            repositories.take_snapshot(key, 1, {"n": 1}, START),
            tables.add_firing(key, trigger, request, "{}"),
        )
    async with house(settings, clock) as home:
        await home.settled()
        (entry,) = (await home.panels.past.executions("p", None, 10)).items
        assert (await home.state())["n"] == 1
        assert (entry.id, entry.execution.error.code) == (request, "INTERRUPTED")
        assert (await home.only()).failures == 0


async def test_what_is_emitted_while_the_kernel_ends_is_heard_by_the_next(settings, clock):
    bye = '<Lifecycle on="unmount"><Handler>$emit("bye", {});</Handler></Lifecycle>'
    async with house(settings, clock) as home:
        await home.make(tool("hear", 'event="bye"', COUNT), bye)
        await home.call("set", {"to": 1})
    async with house(settings, clock) as home:
        await home.settled()
        assert (await home.state())["n"] == 1
