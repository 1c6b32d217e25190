"""Following a panel: every change one by one, or the newest value at a path."""

import asyncio

import pytest

from nexus_core import Panel, PanelError
from nexus_core.following import MOST_BEHIND, Update
from nexus_protocol import ErrorCode, ExecutionError

pytestmark = pytest.mark.requirement("run.state")

SHOP = """
<NexusPanel title="Shop">
  <Data>
    <State name="items" type="list" default="[]"/>
    <State name="rate" type="number" default="2"/>
    <State name="flag" type="any" default="1"/>
    <Computed name="total" value="{$state.items.reduce((sum, each) => sum + each.n, 0) * $state.rate}"/>
    <Computed name="first" value="{$state.items[0].n}"/>
  </Data>
  <Logic>
    <Tool name="add"><Arg name="n" type="number"/><Handler>$state.items.push({ n: $args.n });</Handler></Tool>
  </Logic>
</NexusPanel>
"""  # noqa: E501


async def test_a_subscriber_is_told_the_new_value_at_its_path():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/items/0/n", told.append)
        for step in (panel.call("add", [3]), panel.set("/items/0/n", 4), panel.set("/items", [])):
            await step
            await panel.settled()
        assert told == [
            Update("/items/0/n", 3, 1),
            Update("/items/0/n", 4, 2),
            Update("/items/0/n", None, 3),
        ]


async def test_a_subscriber_to_a_computed_value_is_told_when_it_is_another():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/total", told.append)
        for args in ([3], [0], [4]):
            await panel.call("add", args)
            await panel.settled()
        assert told == [Update("/total", 6, 1), Update("/total", 14, 3)]


async def test_a_computed_value_that_fails_is_told_as_its_error():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/first", told.append)
        await panel.call("add", [3])
        await panel.settled()
        await panel.set("/items", [])
        await panel.settled()
        assert told[0] == Update("/first", 3, 1)
        assert isinstance(told[1].value, ExecutionError)


async def test_what_does_not_change_the_value_is_not_told():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/items", told.append)
        await panel.set("/rate", 7)
        await panel.set("/items", [])
        await panel.settled()
        assert told == []


async def test_true_is_another_value_than_one():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/flag", told.append)
        await panel.set("/flag", True)
        await panel.settled()
        assert told == [Update("/flag", True, 1)]


async def test_changes_in_quick_succession_are_told_as_one_and_the_last_is_never_left_out():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        await panel.subscribe("/rate", told.append)
        await panel.subscribe("/total", told.append)
        await asyncio.gather(*(panel.set("/rate", rate) for rate in range(100)))
        await panel.settled()
        assert told[-1] == Update("/rate", 99, 100)
        assert len(told) < 100


async def test_a_change_while_the_subscriber_is_told_is_told_too():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        writing: list[asyncio.Task[int]] = []

        def follow(update: Update) -> None:
            told.append(update)
            if len(told) < 4:
                writing.append(asyncio.ensure_future(panel.set("/rate", len(told) + 10)))

        await panel.subscribe("/total", follow)
        await panel.call("add", [1])
        while len(told) < 4:
            await asyncio.wait(writing) if writing else await asyncio.sleep(0)
            await panel.settled()
        assert [each.value for each in told] == [2, 11, 12, 13]


async def test_who_unsubscribes_is_told_nothing_more():
    async with Panel.open(SHOP) as panel:
        told: list[Update] = []
        stop = await panel.subscribe("/rate", told.append)
        await panel.set("/rate", 3)
        await panel.settled()
        stop()
        stop()
        await panel.set("/rate", 4)
        await panel.settled()
        assert [each.value for each in told] == [3]


async def test_a_subscriber_that_fails_is_reported_and_the_others_are_told():
    async with Panel.open(SHOP) as panel:
        reported, told = [], []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(str(context["exception"])))

        def fail(update: Update) -> None:
            raise ValueError("not me")

        await panel.subscribe("/rate", fail)
        await panel.subscribe("/rate", told.append)
        await panel.set("/rate", 3)
        await panel.settled()
        loop.set_exception_handler(None)
        assert (reported, len(told)) == (["not me"], 1)


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("/totl", "no state or computed value 'totl'; did you mean 'total'"),
        ("", "no state or computed value ''"),
        ("rate", "a path begins with a slash"),
    ],
)
async def test_a_path_that_leads_nowhere_is_refused(path, message):
    async with Panel.open(SHOP) as panel:
        with pytest.raises(PanelError, match=message) as caught:
            await panel.subscribe(path, print)
        assert caught.value.code is ErrorCode.INVALID_PATH


async def test_a_stream_has_every_change_since_it_was_made():
    async with Panel.open(SHOP) as panel:
        changes = panel.changes()
        await panel.set("/rate", 3)
        await panel.set("/rate", 4)
        assert [(await anext(changes)).rev for _ in range(2)] == [1, 2]


async def test_a_stream_ends_when_the_panel_stops():
    async with Panel.open(SHOP) as panel:
        changes = panel.changes()
        await panel.set("/rate", 3)
    assert [change.rev async for change in changes] == [1]


async def test_a_closed_stream_has_nothing_more():
    async with Panel.open(SHOP) as panel:
        changes = panel.changes()
        await panel.set("/rate", 3)
        await changes.aclose()
        await panel.set("/rate", 4)
        assert [change.rev async for change in changes] == []


async def test_a_reader_too_far_behind_is_told_so_after_what_waited():
    async with Panel.open(SHOP) as panel:
        changes = panel.changes()
        for rate in range(MOST_BEHIND + 5):
            await panel.set("/rate", rate)
        revs = [(await anext(changes)).rev for _ in range(MOST_BEHIND)]
        assert revs == list(range(1, MOST_BEHIND + 1))
        with pytest.raises(PanelError, match="read the state and follow again") as caught:
            await anext(changes)
        assert caught.value.code is ErrorCode.RESOURCE_LIMIT
        assert [change async for change in changes] == []
