"""How far the log of a panel's changes reaches back, and that what it still tells stays true."""

import asyncio
import contextlib
import math
import time

import httpx
import pytest
from hypothesis import given
from hypothesis import settings as profile
from hypothesis import strategies as st
from sqlalchemy import update
from sqlmodel import col

from nexus_protocol import Change
from nexus_protocol.patches import Cause, Replace
from workspace_kernel.db import repositories
from workspace_kernel.db import retention as tables
from workspace_kernel.db.models import LoggedChange, Panel, Snapshot, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.doctor import examine
from workspace_kernel.services import retention
from workspace_kernel.services.journal import SNAPSHOT_EVERY, recover, state_at
from workspace_kernel.services.retention import SURELY_KEPT_SECONDS, Retention, Span
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, WireClient, served, wire

pytestmark = pytest.mark.requirement("ker.store")

KEY = PanelKey("w", "p")
HOUR = 3600.0
AGES = 1_000_000 * HOUR
"""Seconds that nothing is older than."""
ALL = Span(1_000_000, AGES)
"""What nothing is beyond."""


@pytest.fixture
async def database(database_url):
    """A database with a panel in it."""
    opened = Database(database_url())
    await opened.open()
    await furnish(opened)
    yield opened
    await opened.close()


async def furnish(database: Database) -> None:
    panel = Panel(workspace_id="w", id="p", source_hash="0", created_at=1, updated_at=1)
    await database.write(
        repositories.add_workspace(Workspace(id="w", title="W", created_at=1)),
        repositories.add_panel(panel),
    )


def changed(rev: int, at: float) -> Change:
    ops = (Replace(path="/n", value=rev),)
    return Change(rev=rev, base_rev=rev - 1, ops=ops, cause=Cause(kind="binding"), at=at)


def log(runs: list[int], snapshot_every: int = SNAPSHOT_EVERY):
    """Return what a panel writes that changes so often in each of its runs, once an hour so far."""
    began = time.time() - HOUR - HOUR * sum(runs)
    yield repositories.take_snapshot(KEY, 0, {"n": 0}, began)
    rev = log_bytes = 0
    for run in runs:
        for number in range(run):
            rev += 1
            change = changed(rev, began + HOUR * rev)
            yield (appended := repositories.append_change(KEY, change))
            log_bytes += repositories.size_of(appended)
            if number % snapshot_every == 0:
                yield repositories.take_snapshot(KEY, rev, {"n": rev}, change.at, log_bytes)
                log_bytes = 0


async def sweep(database: Database, changes: Span) -> None:
    await Retention(database, ALL, changes).sweep()


async def kept(database: Database) -> tuple[int | None, list[int]]:
    """Return the oldest revision whose state is kept, and the changes that are."""
    changes = await database.read(lambda each: repositories.changes_after(each, KEY, -1, 10_000))
    oldest = await database.read(lambda each: repositories.oldest_rev(each, KEY))
    return oldest, [change.rev for change in changes]


async def test_the_oldest_of_too_many_changes_go_up_to_a_snapshot(database):
    await database.write(*log([30, 450, 20]))
    await sweep(database, Span(100, AGES))
    # Of snapshots there are 0, 1, 31, 231, 431, 481.
    assert await kept(database) == (231, [*range(232, 501)])
    await sweep(database, Span(20, AGES))
    assert await kept(database) == (431, [*range(432, 501)])


async def test_the_oldest_of_changes_that_take_too_much_go_up_to_a_snapshot(database):
    await database.write(*log([30, 450, 20]))
    takes = await database.read(lambda each: [m.bytes for m in tables.oldest_marks(each, KEY, 10)])
    assert takes[0] == len('{"n":0}')
    for most_bytes, oldest in (
        (sum(takes), 0),
        (sum(takes[1:]), 0),
        (sum(takes[3:]) + 1, 31),
        (sum(takes[4:]), 231),
        (1, 481),
    ):
        await sweep(database, Span(1000, AGES, most_bytes))
        assert await kept(database) == (oldest, [*range(oldest + 1, 501)])


async def test_changes_that_are_too_old_go_but_the_newest(database):
    await database.write(*log([1, 1, 1, 1]))
    await sweep(database, Span(1000, 2.5 * HOUR))
    assert await kept(database) == (2, [3, 4])
    await sweep(database, Span(1000, HOUR / 2))
    assert await kept(database) == (3, [4])
    assert await database.read(lambda each: repositories.last_rev(each, KEY)) == 4


async def test_changes_of_the_last_minutes_stay_however_many_they_are(database):
    at = time.time() - SURELY_KEPT_SECONDS / 2
    await database.write(*(repositories.take_snapshot(KEY, rev, {}, at) for rev in range(4)))
    await database.write(*(repositories.append_change(KEY, changed(rev, at)) for rev in (1, 2, 3)))
    await sweep(database, Span(1, 1))
    assert await kept(database) == (0, [1, 2, 3])


async def test_the_newest_change_stays_where_no_snapshot_comes_before_it(database):
    """As a kernel of an earlier version left it, or one whose first snapshot was damaged."""
    for rev, left in ((1, [1]), (2, [2])):
        await database.write(repositories.append_change(KEY, changed(rev, time.time() - 2 * HOUR)))
        if rev == 1:
            await database.write(repositories.take_snapshot(KEY, 1, {"n": 1}, 1))
        await sweep(database, Span(1, HOUR))
        assert await kept(database) == (1, left)


# ---- killed in between


class KilledError(Exception):
    """Raised where the kernel is killed."""


class Mortal:
    """A database whose kernel is killed after so many writes."""

    def __init__(self, database: Database, lives: int) -> None:
        self.read = database.read
        self._write, self._lives = database.write, lives

    async def write(self, *writes) -> None:
        if not self._lives:
            raise KilledError
        self._lives -= 1
        await self._write(*writes)


async def past(database: Database, newest: int) -> dict[int, object]:
    """Return the state at every revision at which it is known."""

    def read(session):
        return {rev: state_at(session, KEY, rev) for rev in range(newest + 1)}

    return {rev: state for rev, state in (await database.read(read)).items() if state is not None}


@pytest.fixture(scope="module")
def laboratory(tmp_path_factory):
    """Run something with a database that has a panel in it."""
    with asyncio.Runner() as runner:
        database = Database(f"sqlite:///{tmp_path_factory.mktemp('laws')}/nexus.db")
        runner.run(database.open())
        runner.run(furnish(database))
        yield lambda law: runner.run(law(database))
        runner.run(database.close())


@profile(max_examples=30, deadline=None)
@given(
    runs=st.lists(st.integers(1, 24), min_size=1, max_size=5),
    most=st.integers(1, 40),
    hours=st.integers(1, 40),
    most_bytes=st.integers(1, 4000) | st.just(math.inf),
    lives=st.integers(0, 6),
    at_once=st.integers(1, 20),
)
def test_whenever_it_is_killed_the_past_that_is_left_is_the_past(
    laboratory, runs, most, hours, most_bytes, lives, at_once
):
    newest, bounds = sum(runs), Span(most, (hours + 0.5) * HOUR, most_bytes)
    whole = {rev: {"n": rev} for rev in range(newest + 1)}

    async def law(database: Database) -> None:
        await database.write(*repositories.clear_panel(KEY), *log(runs, snapshot_every=10))
        assert await past(database, newest) == whole
        with contextlib.suppress(KilledError):
            await sweep(Mortal(database, lives), bounds)
        oldest, changes = await told(database)
        assert changes[0] <= oldest + 1
        await sweep(database, bounds)
        oldest, changes = await told(database)
        assert changes[0] == oldest + 1
        marks = await database.read(lambda each: tables.oldest_marks(each, KEY, 100))
        later = [mark for mark in marks[1:] if mark.rev < newest]
        assert not later or sum(mark.bytes for mark in marks[1:]) <= most_bytes

    async def told(database: Database) -> tuple[int, list[int]]:
        oldest, changes = await kept(database)
        assert await past(database, newest) == {
            rev: whole[rev] for rev in range(oldest, newest + 1)
        }
        assert changes == [*range(changes[0], newest + 1)]
        if most_bytes == math.inf:
            assert newest - oldest >= min(most, hours, newest)
        recovered = await database.read(lambda each: recover(each, KEY))
        assert (recovered.rev, recovered.state) == (newest, whole[newest])
        return oldest, changes

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(retention, "_AT_ONCE", at_once)
        laboratory(law)


# ---- through the doors

PANELS = "/api/workspaces/default/panels"
SOURCE = (
    '<NexusPanel title="P"><Data><State name="n" type="number" default="0"/></Data>'
    '<View><Text content="{$state.n}"/></View></NexusPanel>'
)
NEWEST, OLDEST = 450, 200
"""Of the panel's revisions, once its log has been swept."""


async def write(client: WireClient, rev: int) -> int:
    """Make the change that leads to a revision; returns to which it led."""
    await client.send("SET", requestId=f"s{rev}", panelId="p", path="/n", value=rev)
    return (await client.expect("RESULT", requestId=f"s{rev}"))["rev"]


async def live(settings: Settings) -> None:
    """Have a panel change often."""
    with served(settings) as serving:
        async with wire(serving) as client, httpx.AsyncClient(trust_env=False) as http:
            made = await http.post(serving.address + PANELS, json={"id": "p", "source": SOURCE})
            made.raise_for_status()
            for rev in range(1, NEWEST + 1):
                assert await write(client, rev) == rev


async def age(settings: Settings) -> None:
    """Let two hours go by for a panel, and sweep."""
    database = Database(settings.database)
    for table in (LoggedChange, Snapshot):
        await database.write((update(table).values(at=col(table.at) - 2 * HOUR), {}))
    await sweep(database, Span(200, AGES))
    await database.close()


@pytest.fixture(scope="module")
def worn(tmp_path_factory):
    """The settings of a kernel that runs on with a panel whose log was swept."""
    settings = Settings(data=tmp_path_factory.mktemp("worn") / "data", demo=False)
    asyncio.run(live(settings))
    asyncio.run(age(settings))
    assert examine(settings).ok
    with served(settings) as serving:
        yield serving


@pytest.fixture
def panel(worn):
    """Ask the kernel about the panel."""
    with httpx.Client(
        base_url=f"{worn.address}{PANELS}/p", trust_env=False, timeout=PATIENCE
    ) as client:
        yield client


@pytest.mark.requirement("ker.panels")
def test_the_state_says_from_which_revision_on_it_is_known(panel):
    states = [panel.get(f"/state?rev={rev}").json() for rev in (OLDEST, OLDEST + 1, NEWEST)]
    assert [(each["oldestRev"], each["state"]) for each in states] == [
        (OLDEST, {"n": rev}) for rev in (OLDEST, OLDEST + 1, NEWEST)
    ]


@pytest.mark.requirement("ker.panels")
@pytest.mark.parametrize("rev", [0, OLDEST - 1, NEWEST + 1000])
def test_a_revision_that_is_not_known_is_refused_with_those_that_are(panel, rev):
    answer = panel.get(f"/state?rev={rev}")
    told = answer.json()["error"]
    assert (answer.status_code, told["code"]) == (404, "NOT_FOUND")
    assert told["details"]["oldestRev"] == OLDEST
    assert f"from {OLDEST} to {told['details']['rev']}" in told["message"]


@pytest.mark.requirement("ker.panels")
def test_the_list_of_changes_ends_where_the_log_begins(panel):
    cursor, revs = "", []
    while cursor is not None:
        listed = panel.get("/log", params={"limit": 200} | ({"cursor": cursor} if cursor else {}))
        revs += [each["rev"] for each in listed.json()["items"]]
        cursor = listed.json().get("nextCursor")
    assert revs[-1] == OLDEST + 1


@pytest.mark.requirement("ker.ws")
@pytest.mark.parametrize(
    ("since", "told"), [(OLDEST - 1, ("PANEL", NEWEST)), (NEWEST - 2, ("PATCH", NEWEST - 1))]
)
async def test_a_client_from_before_the_log_gets_a_snapshot(worn, since, told):
    async with wire(worn) as client:
        await client.send("SUBSCRIBE", panelId="p", sinceRev=since)
        message = await client.until_any("PANEL", "PATCH")
    assert (message["type"], message["rev"]) == told


@pytest.mark.requirement("ker.ws")
async def test_a_write_that_comes_again_is_known_by_its_change(worn):
    async with wire(worn) as client:
        assert await write(client, NEWEST) == NEWEST


@pytest.mark.requirement("ker.panels")
def test_what_the_log_does_not_tell_any_more_is_not_taken_back(panel):
    asked = ({"rev": OLDEST}, {"to": OLDEST - 1})
    refused = [panel.post("/undo", json=each) for each in asked]
    assert [(each.status_code, each.json()["error"]["code"]) for each in refused] == [
        (404, "NOT_FOUND")
    ] * 2


@pytest.mark.requirement("ker.panels")
def test_the_state_goes_back_to_what_it_was_where_the_log_begins(panel):
    panel.post("/undo", json={"to": OLDEST}).raise_for_status()
    assert panel.get("/state").json()["state"] == {"n": OLDEST}
    panel.post("/redo").raise_for_status()
    assert panel.get("/state").json()["state"] == {"n": NEWEST}
