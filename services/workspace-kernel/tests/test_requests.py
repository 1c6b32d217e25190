"""Requests: each is done once, and the database is asked only about those that may be known."""

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nexus_protocol import Change, ErrorCode
from nexus_protocol.patches import Add, Cause
from workspace_kernel.db import executions as rows
from workspace_kernel.db import repositories
from workspace_kernel.db.executions import known_request
from workspace_kernel.db.models import Panel, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError
from workspace_kernel.services import requests as module
from workspace_kernel.services.requests import Requests
from workspace_kernel.services.seen import SeenNames

KEY = PanelKey("w", "p")
EARLIER = 500


def test_of_ten_thousand_new_names_few_are_taken_for_old_ones():
    seen = SeenNames((f"old{each}" for each in range(10_000)), 10_000)
    assert sum(f"new{each}" in seen for each in range(10_000)) < 100
    assert seen.full


@given(names=st.lists(st.text(max_size=128)), room=st.integers(1, 50))
def test_a_name_that_was_seen_is_never_taken_for_new(names, room):
    seen = SeenNames(names[::2], room)
    for name in names[1::2]:
        seen.add(name)
    assert all(name in seen for name in names)


class Asked(Database):
    """A database that counts what it is asked."""

    def __init__(self, url):
        super().__init__(url)
        self.queries: Counter[str] = Counter()

    async def read(self, query):
        self.queries[getattr(query, "func", query).__name__] += 1
        return await super().read(query)


@pytest.fixture
async def database(database_url):
    """A database whose panel was asked many times before."""
    opened = Asked(database_url())
    await opened.open()
    await opened.write(
        repositories.add_workspace(Workspace(id="w", title="W", created_at=1)),
        repositories.add_panel(
            Panel(workspace_id="w", id="p", source_hash="0", created_at=1, updated_at=1)
        ),
        *(rows.add_execution(KEY, f"run{n}", "", 1.0, None) for n in range(EARLIER)),
        *(repositories.append_change(KEY, written(n)) for n in range(EARLIER)),
    )
    yield opened
    await opened.close()


def written(number: int) -> Change:
    cause = Cause(kind="binding", id=f"set{number}")
    ops = (Add(path="/a", value=number),)
    return Change(rev=number + 1, base_rev=number, ops=ops, cause=cause, at=1.0)


async def answered(requests: Requests, name: str) -> str:
    """Admit a request and return whether it was done or known."""

    async def again(_: object) -> str:
        return "known"

    async def run() -> str:
        await asyncio.sleep(0)
        return "done"

    return await (await requests.admit(name, "", again, run))


@pytest.mark.requirement("ker.ws")
async def test_what_came_before_is_known_and_what_is_new_is_not_looked_up(database):
    requests = Requests(database, KEY)
    assert await answered(requests, "first") == "done"
    await requests.drain()
    database.queries.clear()
    assert {await answered(requests, f"new{each}") for each in range(EARLIER)} == {"done"}
    assert database.queries[known_request.__name__] < EARLIER / 20
    for kind in ("run", "set"):
        found = [await answered(requests, f"{kind}{each}") for each in range(EARLIER)]
        assert set(found) == {"known"}


async def test_nothing_is_missed_while_it_is_found_out_what_came_before(database):
    requests = Requests(database, KEY)
    names = [f"{kind}{each}" for each in range(100) for kind in ("run", "new", "set")]
    found = await asyncio.gather(*(answered(requests, name) for name in names))
    assert found == ["known", "done", "known"] * 100
    await requests.drain()
    await database.write(rows.add_execution(KEY, "new0", "", 1.0, None))
    assert await answered(requests, "new0") == "known"


async def test_an_id_that_was_given_to_something_else_is_looked_up(database):
    requests = Requests(database, KEY)
    await answered(requests, "first")
    await requests.drain()
    await database.write(rows.add_execution(KEY, "unasked", "", 1.0, None))
    requests.saw("unasked")
    assert await answered(requests, "unasked") == "known"


# ---- as many as may be under way


class Line:
    """Requests that are under way until they may end."""

    def __init__(self, requests: Requests) -> None:
        self._requests = requests
        self.open = asyncio.Event()

    async def admit(self, name: str, asks: str = "?", **how: bool):
        async def run() -> str:
            await self.open.wait()
            return name

        return await self._requests.admit(name, asks, again=lambda known: run(), run=run, **how)

    async def refused(self, name: str, asks: str = "?") -> ErrorCode | None:
        with pytest.raises(KernelError) as refusal:
            await self.admit(name, asks)
        return refusal.value.retry_after and refusal.value.code


async def test_more_requests_than_may_be_under_way_are_refused(database, monkeypatch):
    monkeypatch.setattr(module, "MOST_UNDER_WAY", 2)
    line = Line(Requests(database, KEY))
    first = [await line.admit(name) for name in "ab"]
    assert await line.refused("c") == ErrorCode.RESOURCE_LIMIT
    again, own = await line.admit("a"), await line.admit("of a trigger", bounded=False)
    line.open.set()
    assert await asyncio.gather(*first, again, own) == ["a", "b", "a", "of a trigger"]
    assert await (await line.admit("c")) == "c"


async def test_requests_that_ask_for_more_than_may_be_held_are_refused(database, monkeypatch):
    monkeypatch.setattr(module, "MOST_CHARACTERS", 10)
    line = Line(Requests(database, KEY))
    first = await line.admit("a", "x" * 6)
    assert await line.refused("b", "x" * 5) == ErrorCode.RESOURCE_LIMIT
    line.open.set()
    await first
    assert await (await line.admit("b", "x" * 5)) == "b"


async def test_requests_that_merely_wait_take_no_room(database, monkeypatch):
    monkeypatch.setattr(module, "MOST_UNDER_WAY", 1)
    line = Line(Requests(database, KEY, resting=lambda: {"a"}))
    both = [await line.admit(name) for name in "ab"]
    assert await line.refused("c") == ErrorCode.RESOURCE_LIMIT
    line.open.set()
    assert await asyncio.gather(*both) == ["a", "b"]
