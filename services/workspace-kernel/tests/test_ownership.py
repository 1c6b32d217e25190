"""One kernel has a database: a second one is refused, and one that lost it writes nothing more."""

import asyncio
import contextlib
import itertools

import pytest
from pydantic import SecretStr
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from workspace_kernel import kernel
from workspace_kernel.db import ownership, repositories
from workspace_kernel.db.models import Workspace
from workspace_kernel.db.ownership import DatabaseTakenError
from workspace_kernel.db.session import Database, make_engine
from workspace_kernel.serving import KernelServer, ServeError, claimed, listen
from workspace_kernel.settings import Settings
from workspace_kernel.testing import PATIENCE, served

pytestmark = pytest.mark.requirement("ker.store")

_numbers = itertools.count()

HOLDS = "FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database "
HOLDS += "WHERE datname = current_database())"


@pytest.fixture
def url(postgres):
    """A database on a PostgreSQL server."""
    return postgres(f"owned{next(_numbers)}")


@pytest.fixture
def impatient(monkeypatch):
    """A taken database is not waited for."""
    monkeypatch.setattr(ownership, "WAIT_MS", 50)


@pytest.fixture
def patient(monkeypatch):
    """A taken database is waited for as long as it takes."""
    monkeypatch.setattr(ownership, "WAIT_MS", int(PATIENCE * 1000))


class Operator:
    """Somebody who looks into a database server."""

    def __init__(self, url: str) -> None:
        self._engine = make_engine(url, read_only=False)

    async def see_somebody_wait(self) -> None:
        while not await asyncio.to_thread(self._ask, f"SELECT count(*) {HOLDS} AND NOT granted"):
            pass

    def end_session_of_owner(self) -> None:
        assert self._ask(f"SELECT pg_terminate_backend(pid, 5000) {HOLDS} AND granted")

    def close(self) -> None:
        self._engine.dispose()

    def _ask(self, statement: str):
        with self._engine.connect() as connection:
            return connection.execute(text(statement)).scalar()


@pytest.fixture
def operator(url):
    somebody = Operator(url)
    yield somebody
    somebody.close()


@contextlib.asynccontextmanager
async def opened(url: str):
    database = Database(url)
    try:
        await database.open()
        yield database
    finally:
        await database.close()


def workspace(name: str):
    return repositories.add_workspace(Workspace(id=name, title="", created_at=1))


async def names(database: Database) -> list[str]:
    return [each.id for each in await database.read(repositories.workspaces)]


# ---- a second kernel


@pytest.mark.parametrize("kind", ["postgresql", "sqlite"])
def test_a_second_kernel_on_the_same_database_is_refused(request, tmp_path, impatient, kind):
    shared = f"sqlite:///{tmp_path}/shared.db"
    database = SecretStr(request.getfixturevalue("url") if kind == "postgresql" else shared)
    first, second = (
        Settings(data=tmp_path / each, database_url=database, demo=False) for each in "ab"
    )
    with (
        served(first),
        pytest.raises(ServeError, match=r"^Another kernel uses the database .* database_url\.$"),
        claimed(second),
    ):
        pass
    with served(second):
        pass


def test_a_link_to_a_database_is_the_same_database(tmp_path):
    (tmp_path / "linked.db").symlink_to(tmp_path / "shared.db")
    first, second = (
        Settings(data=tmp_path / each, database_url=SecretStr(f"sqlite:///{tmp_path}/{each}.db"))
        for each in ("shared", "linked")
    )
    with claimed(first), pytest.raises(ServeError, match="Another kernel"), claimed(second):
        pass


def test_a_database_that_does_not_answer_is_told_in_one_sentence(tmp_path):
    nowhere = SecretStr(f"postgresql:///x?host={tmp_path}&user=u&password=secret")
    settings = Settings(data=tmp_path / "data", database_url=nowhere)
    told = r"^The database x on .* cannot be used: "
    with pytest.raises(ServeError, match=told) as refused, claimed(settings):
        pass
    assert "secret" not in str(refused.value)


async def test_one_that_begins_while_another_writes_is_refused(url, impatient):
    async with opened(url) as first:
        with pytest.raises(DatabaseTakenError):
            async with opened(url):
                pass
        await first.write(workspace("w"))
        assert await names(first) == ["w"]


# ---- a connection that is lost


async def test_a_kernel_whose_connection_was_lost_has_its_database_again(url, operator, impatient):
    async with opened(url) as database:
        await asyncio.to_thread(operator.end_session_of_owner)
        assert await database.owned()
        await database.write(workspace("w"))
        with pytest.raises(DatabaseTakenError):
            async with opened(url):
                pass
        assert await names(database) == ["w"]


@pytest.mark.parametrize("ended", [False, True])
async def test_a_kernel_writes_nothing_once_another_had_its_database(
    url, operator, impatient, ended
):
    async with opened(url) as first:
        await asyncio.to_thread(operator.end_session_of_owner)
        async with contextlib.AsyncExitStack() as stack:
            second = await stack.enter_async_context(opened(url))
            await second.write(workspace("second"))
            if ended:
                await stack.aclose()
            with pytest.raises(OperationalError):
                await first.write(workspace("first"))
            with pytest.raises(DatabaseTakenError):
                await first.write(workspace("first"))
            assert not await first.owned()
        assert await names(first) == ["second"]


async def test_who_waits_for_a_database_has_it_when_its_owner_is_gone(url, operator, patient):
    async with opened(url):
        second = Database(url)
        waiting = asyncio.create_task(second.open())
        try:
            await operator.see_somebody_wait()
            await asyncio.to_thread(operator.end_session_of_owner)
            await waiting
            assert await second.owned()
        finally:
            await second.close()


async def test_a_kernel_that_lost_its_database_ends(url, operator, patient, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel, "OWNERSHIP_SECONDS", 0.01)
    settings = Settings(data=tmp_path, database_url=SecretStr(url), demo=False, port=0)
    ready = asyncio.Event()
    with contextlib.closing(listen(settings)) as listener:
        port = listener.getsockname()[1]
        server = KernelServer(settings.model_copy(update={"port": port}), ready.set)
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        await asyncio.wait_for(ready.wait(), PATIENCE)
        other = Database(url)
        waiting = asyncio.create_task(other.open())
        try:
            await operator.see_somebody_wait()
            monkeypatch.setattr(ownership, "WAIT_MS", 50)
            await asyncio.to_thread(operator.end_session_of_owner)
            await waiting
            await asyncio.wait_for(serving, PATIENCE)
        finally:
            await other.close()
    assert server.failed
