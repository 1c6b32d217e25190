"""The database: its schema on both kinds, and writes that are committed in groups."""

import asyncio
import builtins

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Column, Engine, MetaData, event, select, text
from sqlalchemy.exc import IntegrityError

from nexus_protocol import Change
from nexus_protocol.patches import Add, Cause
from workspace_kernel.db import executions as stored
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Panel, Table, Workspace
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.schema import HEAD, MIGRATIONS, current, migrate
from workspace_kernel.db.session import Database, make_engine

KEY = PanelKey("w", "p")
GONE = {("0009", "tool_trigger"): frozenset({"seen_rev"})}
"""Columns that a revision drops because what they told is told elsewhere."""


def change(rev: int) -> Change:
    return Change(
        rev=rev,
        base_rev=rev - 1,
        ops=(Add(path="/a", value=None), Add(path="/b", value={"ü": [1.5, True, "\U0001f600"]})),
        cause=Cause(kind="execution", id=f"r{rev}"),
        at=1.5,
    )


@pytest.fixture
async def database(database_url):
    """A database with one panel in it."""
    commits: list[int] = []
    opened = Database(database_url(), lambda writes, seconds: commits.append(writes))
    await opened.open()
    await opened.write(
        repositories.add_workspace(Workspace(id="w", title="W", created_at=1)),
        repositories.add_panel(
            Panel(workspace_id="w", id="p", source_hash="0", created_at=1, updated_at=1)
        ),
    )
    commits.clear()
    opened.commits = commits
    yield opened
    await opened.close()


@pytest.mark.requirement("ker.store")
def test_the_migrations_lead_to_what_the_models_say(database_url):
    engine = make_engine(database_url(), read_only=False)
    migrate(engine)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()


def contents(engine: Engine) -> dict[str, list[dict[str, object]]]:
    """Return all rows of all tables."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.connect() as connection:
        return {
            table.name: [dict(row._mapping) for row in connection.execute(select(table))]
            for table in tables.sorted_tables
        }


def fill(engine: Engine) -> None:
    """Put a row into every table that has none."""
    tables = MetaData()
    tables.reflect(engine)
    with engine.begin() as connection:
        for table in tables.sorted_tables:
            if connection.execute(select(table)).first() is None:
                row = {column.name: value_for(column) for column in table.columns}
                connection.execute(table.insert(), row)


def value_for(column: Column) -> object:
    """Return a value of a column's type; the same for all, so that rows refer to each other."""
    match column.type.python_type:
        case builtins.int:
            return 1
        case builtins.float:
            return 1.5
        case builtins.bytes:
            return b"\x00ab"
        case _:
            return "w"


@pytest.mark.requirement("ker.store")
def test_migrations_go_up_down_and_up_again_with_data_in_every_table(database_url):
    engine = make_engine(database_url(), read_only=False)
    for _ in range(2):
        migrate(engine)
        fill(engine)
        assert current(engine) == HEAD
        assert {name for name, rows in contents(engine).items() if not rows} == set()
        migrate(engine, "base")
        assert current(engine) is None
        assert set(contents(engine)) <= {"alembic_version"}
    engine.dispose()


@pytest.mark.requirement("ker.store")
def test_an_upgrade_loses_nothing_of_any_earlier_version(database_url):
    engine = make_engine(database_url(), read_only=False)
    revisions = [each.revision for each in ScriptDirectory(str(MIGRATIONS)).walk_revisions()]
    for revision in reversed(revisions):
        before = contents(engine)
        migrate(engine, revision)
        after = contents(engine)
        for table, rows in before.items():
            if table != "alembic_version":
                gone = GONE.get((revision, table), frozenset())
                kept = [{name: row[name] for name in rows[0].keys() - gone} for row in after[table]]
                told = [{name: row[name] for name in rows[0].keys() - gone} for row in rows]
                assert (revision, table, kept) == (revision, table, told)
        fill(engine)
    engine.dispose()


def test_the_newest_revision_is_the_one_that_is_expected():
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == HEAD


@pytest.mark.requirement("ker.store")
def test_an_upgrade_measures_the_logs_that_are_there(database_url):
    """From each snapshot to the next: the state and, of the changes, operations and causes."""
    engine = make_engine(database_url(), read_only=False)
    migrate(engine, "0011")
    fill(engine)
    of_panel = "workspace_id, panel_id, rev"
    with engine.begin() as connection:
        connection.execute(text("DELETE FROM snapshot"))
        connection.execute(text("DELETE FROM change"))
        for rev in range(1, 6):
            values = f"('w', 'w', {rev}, 'öö', 'c', 1)"
            connection.execute(
                text(f"INSERT INTO change ({of_panel}, ops, cause, at) VALUES {values}")
            )
        for rev in (0, 2, 5):
            values = f"('w', 'w', {rev}, 'ü', 1)"
            connection.execute(
                text(f"INSERT INTO snapshot ({of_panel}, state, at) VALUES {values}")
            )
    migrate(engine)
    found = [(row["rev"], row["bytes"]) for row in contents(engine)["snapshot"]]
    assert sorted(found) == [(0, 2), (2, 2 + 2 * 5), (5, 2 + 3 * 5)]
    engine.dispose()


@pytest.mark.requirement("ker.store")
async def test_a_change_is_read_back_as_it_was_written(database):
    await database.write(repositories.append_change(KEY, change(1)))
    read = await database.read(lambda session: repositories.changes_after(session, KEY, 0, 1000))
    assert read == [change(1)]


async def test_writes_that_wait_share_one_transaction(database):
    appends = [repositories.append_change(KEY, change(rev)) for rev in range(1, 101)]
    await asyncio.gather(*(database.write(each) for each in appends))
    assert sum(database.commits) == 100
    assert len(database.commits) <= 3
    read = await database.read(lambda session: repositories.changes_after(session, KEY, 0, 1000))
    assert [each.rev for each in read] == list(range(1, 101))


async def test_a_write_that_fails_takes_none_of_its_neighbours_with_it(database):
    await database.write(repositories.append_change(KEY, change(2)))
    outcomes = await asyncio.gather(
        *(database.write(repositories.append_change(KEY, change(rev))) for rev in (1, 2, 3)),
        return_exceptions=True,
    )
    assert [type(each) for each in outcomes] == [type(None), IntegrityError, type(None)]
    read = await database.read(lambda session: repositories.changes_after(session, KEY, 0, 1000))
    assert [each.rev for each in read] == [1, 2, 3]


async def test_writes_of_one_call_are_kept_or_refused_together(database):
    await database.write(repositories.append_change(KEY, change(1)))
    with pytest.raises(IntegrityError):
        await database.write(
            repositories.append_change(KEY, change(2)), repositories.append_change(KEY, change(1))
        )
    assert await database.read(lambda session: repositories.last_rev(session, KEY)) == 1


async def test_a_query_that_fails_takes_none_of_its_neighbours_with_it(database):
    def last_rev(session):
        return repositories.last_rev(session, KEY)

    def fail(session):
        session.execute(text("SELECT nothing FROM nowhere"))

    await database.write(repositories.append_change(KEY, change(1)))
    asked = [last_rev, fail, last_rev] * 50
    outcomes = await asyncio.gather(*map(database.read, asked), return_exceptions=True)
    assert [each if isinstance(each, int) else "failed" for each in outcomes] == [
        1,
        "failed",
        1,
    ] * 50


async def test_queries_that_wait_do_not_share_the_rows_they_return(database):
    rows = await asyncio.gather(
        *(database.read(lambda session: repositories.panel(session, KEY)) for _ in range(100))
    )
    assert len({id(row) for row in rows}) == 100
    assert {row.id for row in rows} == {"p"}


async def test_a_caller_that_gives_up_does_not_undo_its_write(database):
    writing = asyncio.ensure_future(database.write(repositories.append_change(KEY, change(1))))
    await asyncio.sleep(0)
    writing.cancel()
    await asyncio.gather(writing, return_exceptions=True)
    await database.write(repositories.append_change(KEY, change(2)))
    read = await database.read(lambda session: repositories.changes_after(session, KEY, 0, 1000))
    assert [each.rev for each in read] == [1, 2]


@pytest.mark.requirement("ker.store")
async def test_one_connection_alone_can_write_to_sqlite(tmp_path):
    """Two that commit and checkpoint could lose a commit: SQLite's WAL-reset bug."""
    opened = []
    event.listen(Engine, "connect", connected := lambda connection, _: opened.append(connection))
    database = Database(f"sqlite:///{tmp_path}/nexus.db")
    try:
        await database.open()
        await asyncio.gather(
            *(
                work
                for each in range(50)
                for work in (
                    database.write(
                        repositories.add_workspace(Workspace(id=f"w{each}", title="", created_at=1))
                    ),
                    database.transact(lambda connection: connection.execute(text("SELECT 1"))),
                    database.read(lambda session: session.connection().scalar(text("SELECT 1"))),
                )
            )
        )
        may_write = [
            connection
            for connection in opened
            if connection.execute("PRAGMA query_only").fetchone() == (0,)
        ]
        assert len(may_write) == 1
    finally:
        event.remove(Engine, "connect", connected)
        await database.close()


async def test_a_request_is_known_by_its_execution_or_by_its_change(database):
    def ask(request_id: str):
        return database.read(lambda s: stored.known_request(s, KEY, request_id))

    await database.write(
        stored.add_execution(KEY, "e", '{"tool":"t"}', 1.0, None),
        repositories.append_change(KEY, change(1)),
    )
    assert await ask("e") == stored.KnownRequest('{"tool":"t"}', None, None)
    assert await ask("r1") == stored.KnownRequest(None, None, 1)
    assert await ask("unheard of") is None
