"""Who is in a workspace: told to those who ask, when somebody comes, goes or looks elsewhere."""

import asyncio

import pytest

from workspace_kernel.auth.principals import LOCAL
from workspace_kernel.testing import wire
from workspace_kernel.websocket.presence import MAX_PANELS, MAX_PEOPLE, Rooms

pytestmark = pytest.mark.requirement("ker.ws")


def names(presence: dict) -> list[str]:
    return [each["name"] for each in presence["people"]]


async def who(client, *expected: str) -> dict:
    """Read until those are present, and nobody else."""
    while names(told := await client.expect("PRESENCE")) != list(expected):
        pass
    return told


@pytest.fixture
def workspace(http, make_panel):
    """A workspace of this test's own, with a panel; returns what it is called."""
    name = f"room-{make_panel()}"
    http.post("/api/workspaces", json={"id": name}).raise_for_status()
    source = '<NexusPanel title="P"><View><Text content="x"/></View></NexusPanel>'
    http.post(f"/api/workspaces/{name}/panels", json={"id": "p", "source": source})
    return name


async def test_who_comes_and_goes_is_told_to_those_who_follow(kernel, workspace):
    async with wire(kernel, f"/ws/{workspace}") as first:
        await first.send("WHO")
        await who(first, "Guest 1")
        async with wire(kernel, f"/ws/{workspace}"):
            await who(first, "Guest 1", "Guest 2")
        await who(first, "Guest 1")


async def test_what_somebody_looks_at_is_told(kernel, workspace):
    async with (
        wire(kernel, f"/ws/{workspace}") as first,
        wire(kernel, f"/ws/{workspace}", greeting=False) as second,
    ):
        session = (await second.next())["sessionId"]
        await second.subscribe("p")
        await first.send("WHO", follow=False)
        told = await who(first, "Guest 1", "Guest 2")
    assert told["people"][1] == {"id": session, "name": "Guest 2", "panels": ["p"]}
    assert told["count"] == 2


async def test_nobody_looks_at_a_panel_that_was_deleted(kernel, http, workspace):
    async with wire(kernel, f"/ws/{workspace}") as client:
        await client.subscribe("p")
        await client.send("WHO")
        assert (await client.expect("PRESENCE"))["people"][0]["panels"] == ["p"]
        await asyncio.to_thread(http.delete, f"/api/workspaces/{workspace}/panels/p")
        assert (await client.expect("PRESENCE"))["people"][0]["panels"] == []


async def test_who_asks_once_is_told_once(kernel, workspace):
    async with wire(kernel, f"/ws/{workspace}") as first:
        await first.send("WHO", follow=False)
        await who(first, "Guest 1")
        async with wire(kernel, f"/ws/{workspace}") as second:
            await second.send("WHO")
            await who(second, "Guest 1", "Guest 2")
        async with wire(kernel, f"/ws/{workspace}") as third:
            await third.send("WHO", follow=False)
            await who(third, "Guest 1", "Guest 2")
        await first.send("PING")
        assert await first.next() == {"type": "PONG"}


async def test_who_has_an_account_is_told_by_name_and_once_for_all_devices(town, home):
    editor, viewer = (each.bearing(each.token) for each in (home.editor, home.viewer))
    path = f"/ws/{home.name}"
    async with (
        wire(town, path, editor),
        wire(town, path, editor) as tablet,
        wire(town, path, viewer) as client,
    ):
        await tablet.subscribe("p")
        await client.send("WHO")
        told = await who(client, home.editor.name, home.viewer.name)
    assert told == {
        "type": "PRESENCE",
        "people": [
            {"id": home.editor.id, "name": home.editor.name, "panels": ["p"]},
            {"id": home.viewer.id, "name": home.viewer.name, "panels": []},
        ],
        "count": 2,
    }


async def test_nobody_sees_who_is_in_another_workspace(kernel, workspace, make_panel, http):
    other = f"{workspace}-other"
    http.post("/api/workspaces", json={"id": other}).raise_for_status()
    async with (
        wire(kernel, f"/ws/{workspace}") as first,
        wire(kernel, f"/ws/{other}"),
    ):
        await first.send("WHO")
        await who(first, "Guest 1")


async def test_a_connection_of_one_panel_sees_those_who_look_at_it_only(
    kernel, panel, another_panel
):
    async with (
        wire(kernel) as elsewhere,
        wire(kernel) as both,
        wire(kernel, f"/panels/{panel}/ws") as client,
    ):
        await elsewhere.subscribe(another_panel)
        await both.subscribe(another_panel)
        await both.subscribe(panel)
        await client.subscribe(panel)
        await client.send("WHO")
        told = await client.expect("PRESENCE")
    assert [each["panels"] for each in told["people"]] == [[panel], [panel]]


# ---- bounds


class Guest:
    """A socket that keeps what it is sent."""

    def __init__(self, number: int, panels: int = 0) -> None:
        self.session_id = f"s{number}"
        self.subscriptions = {f"p{each}" for each in range(panels)}
        self.frames = []

    def send(self, frame) -> None:
        self.frames.append(frame)


async def test_a_crowd_is_counted_and_some_of_it_named():
    rooms = Rooms()
    for number in range(MAX_PEOPLE + 10):
        room = rooms.enter("w", Guest(number, MAX_PANELS + 3), LOCAL)
    told = room.render()
    assert told.count('"name"') == MAX_PEOPLE
    assert told.count('"p0"') == MAX_PEOPLE
    assert told.count('"p') == MAX_PEOPLE * (MAX_PANELS + 1) + 1
    assert told.endswith(f'"count":{MAX_PEOPLE + 10}}}')


async def test_many_who_come_at_once_are_told_once():
    rooms, asking = Rooms(), Guest(0)
    room = rooms.enter("w", asking, LOCAL)
    room.tell(asking, follow=True)
    guests = [Guest(number) for number in range(1, 100)]
    for guest in guests:
        rooms.enter("w", guest, LOCAL)
    for guest in (*guests, asking):
        room.leave(guest)
    assert len(asking.frames) == 1


async def test_the_number_of_a_guest_who_left_is_given_again():
    rooms = Rooms()
    guests = [Guest(number) for number in range(3)]
    for guest in guests:
        room = rooms.enter("w", guest, LOCAL)
    room.leave(guests[1])
    rooms.enter("w", Guest(3), LOCAL)
    assert [f'"Guest {n}"' in room.render() for n in (1, 2, 3, 4)] == [True, True, True, False]
