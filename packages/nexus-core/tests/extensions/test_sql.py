"""``nexus.sql`` on real files of SQLite; on PostgreSQL it is tried in the kernel's tests."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import asynccontextmanager

import pytest
from pydantic import SecretStr, ValidationError

from nexus_core.extensions import ExtensionError, Registry, SqlConnection, SqlExtension
from nexus_core.testing import CONTEXT, check_extension

pytestmark = pytest.mark.requirement("run.extensions")

ENDLESS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"


@pytest.fixture
def path(tmp_path):
    """A file with three items in it."""
    made = tmp_path / "shop #1.db"
    with sqlite3.connect(made) as connection:
        connection.executescript(
            "CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, price REAL, photo BLOB);"
            "INSERT INTO item VALUES (1, 'tea', 2.5, NULL), (2, 'rice', 1, x'00ff'),"
            " (3, 'salt 50%', 0.5, NULL);"
        )
    connection.close()
    return made


@pytest.fixture
def url(path):
    return f"sqlite:///{path}"


@asynccontextmanager
async def opened(url: str, **options):
    """Open one connection named shop and yield what calls its methods."""
    connection = SqlConnection.model_validate({"url": url, **options})
    registry = Registry([SqlExtension({"shop": connection})])

    async def call(method, statement, parameters=None, name="shop"):
        return await registry.call("nexus.sql", method, [name, statement, parameters], CONTEXT)

    try:
        yield call
    finally:
        await registry.close()


async def refused(call) -> str:
    with pytest.raises(ExtensionError) as caught:
        await call
    return caught.value.code.name


async def test_rows_come_as_objects(url):
    async with opened(url) as call:
        answer = await call("query", "SELECT id, name, photo FROM item WHERE id = :id", {"id": 2})
    assert answer == {
        "columns": ["id", "name", "photo"],
        "rows": [{"id": 2, "name": "rice", "photo": "AP8="}],
        "truncated": False,
    }


async def test_a_parameter_is_never_read_as_sql(url):
    async with opened(url) as call:
        asked = {"name": "'; DROP TABLE item; --"}
        answer = await call("query", "SELECT id FROM item WHERE name = :name", asked)
        assert answer["rows"] == []
        assert (await call("query", "SELECT count(*) AS n FROM item"))["rows"] == [{"n": 3}]


async def test_a_list_stands_for_the_members_of_an_in(url):
    async with opened(url) as call:
        asked = {"ids": [1, 3]}
        answer = await call("query", "SELECT id FROM item WHERE id IN :ids ORDER BY id", asked)
    assert answer["rows"] == [{"id": 1}, {"id": 3}]


async def test_a_percent_sign_is_an_ordinary_character(url):
    async with opened(url) as call:
        assert (await call("query", "SELECT id FROM item WHERE name LIKE '%50%%'"))["rows"] == [
            {"id": 3}
        ]


async def test_more_rows_than_are_allowed_are_cut_off_and_it_is_said(url):
    async with opened(url, max_rows=2) as call:
        answer = await call("query", "SELECT id FROM item ORDER BY id")
        assert (answer["rows"], answer["truncated"]) == ([{"id": 1}, {"id": 2}], True)
        answer = await call("query", "SELECT id FROM item WHERE id < 3")
        assert (len(answer["rows"]), answer["truncated"]) == (2, False)


async def test_more_bytes_than_are_allowed_are_cut_off_and_it_is_said(url):
    async with opened(url, max_bytes=2000) as call:
        answer = await call("query", "SELECT id, printf('%1500c', 'x') AS pad FROM item")
    assert (len(answer["rows"]), answer["truncated"]) == (1, True)


async def test_an_endless_result_costs_no_more_than_what_is_kept_of_it(url):
    endless = ENDLESS.replace("count(*)", "i")
    async with opened(url, max_rows=10) as call:
        assert len((await call("query", endless))["rows"]) == 10


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO item (name) VALUES ('x')",
        "UPDATE item SET price = 0",
        "DELETE FROM item",
        "DROP TABLE item",
        "CREATE TABLE t (x)",
        "CREATE TEMP TABLE t (x)",
        "WITH x AS (SELECT 1) DELETE FROM item",
        "ATTACH 'other.db' AS other",
        "PRAGMA query_only = OFF",
        "SELECT load_extension('x')",
        "VACUUM INTO 'copy.db'",
        "SAVEPOINT a",
    ],
)
async def test_a_query_cannot_change_anything(url, path, statement):
    before = path.read_bytes()
    async with opened(url, write=True) as call:
        code = await refused(call("query", statement))
    assert code in ("PERMISSION_DENIED", "INVALID_ARGUMENTS")
    assert path.read_bytes() == before
    assert [each.name for each in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("method", ["query", "execute"])
async def test_a_second_statement_is_refused(url, method):
    async with opened(url, write=True) as call:
        assert await refused(call(method, "SELECT 1 AS a; DELETE FROM item")) == "INVALID_ARGUMENTS"
        assert (await call("query", "SELECT count(*) AS n FROM item"))["rows"] == [{"n": 3}]


async def test_nothing_is_executed_unless_the_operator_says_so(url):
    async with opened(url) as call:
        assert await refused(call("execute", "DELETE FROM item")) == "PERMISSION_DENIED"


async def test_what_is_executed_is_kept_and_counted(url):
    async with opened(url, write=True) as call:
        assert await call("execute", "UPDATE item SET price = :p WHERE id > 1", {"p": 9}) == {
            "columns": [],
            "rows": [],
            "truncated": False,
            "rowCount": 2,
        }
    async with opened(url) as call:
        answer = await call("query", "SELECT count(*) AS n FROM item WHERE price = 9")
    assert answer["rows"] == [{"n": 2}]


async def test_a_row_that_contradicts_another_is_a_conflict(url):
    async with opened(url, write=True) as call:
        insert = "INSERT INTO item (name) VALUES ('tea')"
        assert await refused(call("execute", insert)) == "CONFLICT"


@pytest.mark.parametrize("method", ["query", "execute"])
async def test_a_statement_is_stopped_at_its_time_and_the_next_one_runs(url, method):
    async with opened(url, write=True, timeout_ms=50) as call:
        assert await refused(call(method, ENDLESS)) == "TIMEOUT"
        assert (await call(method, "SELECT 1 AS a"))["rows"] == [{"a": 1}]


async def test_a_cancelled_statement_ends_and_gives_its_connection_back(url):
    async with opened(url, timeout_ms=60_000) as call:
        endless = [asyncio.create_task(call("query", ENDLESS)) for _ in range(8)]
        done, _ = await asyncio.wait(endless, timeout=0.1)
        assert done == set()
        for task in endless:
            task.cancel()
        assert await asyncio.gather(*endless, return_exceptions=True) != []
        assert all(task.cancelled() for task in endless)
        assert (await call("query", "SELECT 1 AS a"))["rows"] == [{"a": 1}]


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELEC 1", None),
        ("SELECT * FROM nothing", None),
        ("SELECT :a AS a", None),
        ("SELECT 1 AS a", {"b": 1}),
        ("SELECT 1 AS a, 2 AS a", None),
        ("SELECT 1 AS __proto__", None),
        ("", None),
        ("SELECT 1", {"a b": 1}),
        ("SELECT :a", {"a": {"b": 1}}),
        ("SELECT 1 IN :a", {"a": []}),
    ],
)
async def test_what_is_no_statement_is_refused_by_the_argument(url, statement, parameters):
    async with opened(url) as call:
        assert await refused(call("query", statement, parameters)) == "INVALID_ARGUMENTS"


async def test_a_value_that_is_too_long_is_not_made(url):
    async with opened(url) as call:
        code = await refused(call("query", "SELECT length(zeroblob(1000000000)) AS n"))
    assert code == "RESOURCE_LIMIT"


async def test_numbers_that_javascript_would_bend_come_as_text(url):
    async with opened(url) as call:
        answer = await call(
            "query", "SELECT 9007199254740993 AS a, 9e999 AS b, 'x' || char(0) AS c"
        )
    assert answer["rows"] == [{"a": "9007199254740993", "b": "inf", "c": "x\ufffd"}]


async def test_a_file_that_is_not_there_is_not_made(tmp_path):
    async with opened(f"sqlite:///{tmp_path}/none.db", write=True) as call:
        assert await refused(call("execute", "CREATE TABLE t (x)")) == "UNAVAILABLE"
    assert list(tmp_path.iterdir()) == []


async def test_an_unknown_connection_and_one_for_other_panels_are_told_alike(url):
    async with opened(url, panels=["billing-*"]) as call:
        messages = []
        for name in ("shop", "none"):
            with pytest.raises(ExtensionError) as caught:
                await call("query", "SELECT 1 AS a", name=name)
            messages.append((caught.value.code.name, str(caught.value).replace(name, "it")))
    assert messages == [("NOT_FOUND", "there is no connection 'it'")] * 2


@pytest.mark.parametrize("url", ["mysql://h/d", "oracle:x", "shop.db", ""])
def test_another_kind_of_database_is_refused_at_the_start(url):
    with pytest.raises(ValidationError):
        SqlConnection(url=SecretStr(url))


@pytest.mark.parametrize("url", ["postgresql://me:s3cret@[/db", "sqlite://", "postgresql://h:p/d"])
async def test_an_address_that_makes_no_sense_is_not_told(url):
    async with opened(url) as call:
        with pytest.raises(ExtensionError) as caught:
            await call("query", "SELECT 1 AS a")
    assert (caught.value.code.name, "s3cret" in str(caught.value)) == ("UNAVAILABLE", False)


async def test_the_operator_sees_the_connections_without_their_addresses(url):
    connection = SqlConnection(url=SecretStr(url), write=True)
    (described,) = Registry([SqlExtension({"shop": connection})]).describe()
    assert described.scopes == {"connections": {"shop": {"write": True, "panels": ["*"]}}}
    assert url not in repr(connection)


async def test_it_keeps_the_contract(url):
    extension = SqlExtension({"shop": SqlConnection(url=SecretStr(url), write=True)})
    await check_extension(
        extension,
        {
            "query": ["shop", "SELECT id FROM item"],
            "execute": ["shop", "UPDATE item SET price = 1"],
        },
    )
    await extension.close()


def test_importing_the_extensions_does_not_import_a_database():
    code = "import sys, nexus_core.extensions; print({'sqlalchemy', 'psycopg'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "set()\n"
