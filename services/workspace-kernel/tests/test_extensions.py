"""Extensions in a kernel: its store, its databases, its settings."""

import asyncio
import contextlib
import json
import time

import httpx
import psycopg
import pytest
from pydantic import SecretStr

from nexus_core.cli import main
from nexus_core.extensions import (
    CallContext,
    ExtensionError,
    KvExtension,
    KvLimits,
    Quota,
    Registry,
    SqlConnection,
    SqlExtension,
)
from nexus_core.testing import CONTEXT, check_extension, check_store
from workspace_kernel.cli import FINDINGS, GOOD
from workspace_kernel.db import repositories
from workspace_kernel.db.models import Workspace
from workspace_kernel.db.session import Database
from workspace_kernel.db.values import DatabaseStore
from workspace_kernel.extending import survey
from workspace_kernel.settings import Settings, SettingsError, load
from workspace_kernel.testing import served

pytestmark = pytest.mark.requirement("run.extensions")

# ---- nexus.kv


@pytest.fixture
async def database(database_url):
    opened = Database(database_url())
    await opened.open()
    for name in ("w", "other"):
        workspace = Workspace(id=name, title=name, created_at=1)
        await opened.write(repositories.add_workspace(workspace))
    yield opened
    await opened.close()


async def test_the_kernels_store_keeps_its_promises(database):
    await check_store(DatabaseStore(database))


async def test_changes_that_come_at_once_are_all_made(database):
    registry = Registry([KvExtension(DatabaseStore(database), limits=KvLimits(keys=5))])

    async def call(method, *args):
        context = CallContext("p", "t", None, "e", workspace="w")
        return await registry.call("nexus.kv", method, args, context)

    await asyncio.gather(*(call("increment", "n") for _ in range(50)))
    outcomes = await asyncio.gather(
        *(call("compareAndSet", f"k{n % 9}", None, n) for n in range(18)), return_exceptions=True
    )
    assert await call("get", "n") == 50
    assert sum(each is True for each in outcomes) == 4
    assert {str(each.code) for each in outcomes if isinstance(each, ExtensionError)} == {
        "RESOURCE_LIMIT"
    }
    assert len((await call("list"))["items"]) == 5


KV_PANEL = """<NexusPanel><Data/><Logic><Extension name="nexus.kv"/>
  <Tool name="count"><Handler>return await $ext.kv.increment("count");</Handler></Tool></Logic>
  <View><Layout><Button label="Count" trigger="count"/></Layout></View></NexusPanel>"""


def test_two_panels_of_a_workspace_count_on_over_a_restart(database_url, tmp_path):
    settings = Settings(data=tmp_path, database_url=SecretStr(database_url()), demo=False)
    counted = []
    for panel in ("a", "b"):
        with (
            served(settings) as serving,
            httpx.Client(base_url=serving.address, trust_env=False) as http,
        ):
            panels = f"/api/workspaces/{serving.workspace}/panels"
            created = http.post(panels, json={"id": panel, "source": KV_PANEL})
            assert created.status_code == 201, created.text
            for _ in range(2):
                answer = http.post(f"{panels}/{panel}/tools/count", json={"args": {}})
                counted.append(answer.json()["value"])
    assert counted == [1, 2, 3, 4]


# ---- nexus.sql on PostgreSQL


@pytest.fixture(scope="module")
def shop(postgres):
    """A PostgreSQL database with three items in it."""
    url = postgres("shop")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE item (id serial PRIMARY KEY, name text UNIQUE, price numeric(8, 2),"
            " made timestamptz, tags text[], more jsonb, photo bytea)"
        )
        connection.execute(
            "INSERT INTO item (name, price, made, tags, more, photo) VALUES"
            " ('tea', 2.50, '2026-01-02 03:04:05+00', '{a,b}', '{\"k\": [1]}', '\\x00ff'),"
            " ('rice', 1, NULL, '{}', NULL, NULL), ('salt 50%', 0.5, NULL, NULL, NULL, NULL)"
        )
        connection.execute(
            "CREATE FUNCTION sneak() RETURNS int LANGUAGE sql AS"
            " 'INSERT INTO item (name) VALUES (''sneaked'') RETURNING 1'"
        )
        connection.execute("CREATE SEQUENCE counter")
    return url


@contextlib.asynccontextmanager
async def opened(url: str, **options):
    connection = SqlConnection.model_validate({"url": url, **options})
    extension = SqlExtension({"shop": connection})
    registry = Registry([extension], quotas={extension.name: Quota()})

    async def call(method, statement, parameters=None):
        return await registry.call("nexus.sql", method, ["shop", statement, parameters], CONTEXT)

    try:
        yield call
    finally:
        await registry.close()


async def refused(call) -> str:
    with pytest.raises(ExtensionError) as caught:
        await call
    return caught.value.code.name


async def rows(call, statement, parameters=None):
    return (await call("query", statement, parameters))["rows"]


async def test_every_type_comes_as_json_that_loses_nothing(shop):
    async with opened(shop) as call:
        statement = "SELECT *, 9007199254740993 AS large FROM item WHERE name = :name"
        assert await rows(call, statement, {"name": "tea"}) == [
            {
                "id": 1,
                "name": "tea",
                "price": "2.50",
                "made": "2026-01-02T03:04:05Z",
                "tags": ["a", "b"],
                "more": {"k": [1]},
                "photo": "AP8=",
                "large": "9007199254740993",
            }
        ]


async def test_a_parameter_is_bound_and_a_list_is_an_in(shop):
    async with opened(shop) as call:
        assert await rows(call, "SELECT id FROM item WHERE name = :n", {"n": "' OR 1=1 --"}) == []
        statement = "SELECT id FROM item WHERE id IN :ids AND name LIKE '%50%%' ORDER BY id"
        assert await rows(call, statement, {"ids": [1, 3]}) == [{"id": 3}]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO item (name) VALUES ('x')",
        "UPDATE item SET price = 0",
        "DELETE FROM item",
        "TRUNCATE item",
        "DROP TABLE item",
        "CREATE TABLE t (x int)",
        "WITH gone AS (DELETE FROM item RETURNING *) SELECT * FROM gone",
        "SELECT sneak()",
        "SELECT nextval('counter')",
        "SELECT * FROM item FOR UPDATE",
        "SET TRANSACTION READ WRITE",
        "SELECT set_config('transaction_read_only', 'off', false)",
        "DO $$ BEGIN SET TRANSACTION READ WRITE; DELETE FROM item; END $$",
        "COPY item TO '/tmp/item'",
        "COMMIT",
        "SELECT 1 AS a; DELETE FROM item",
        "SELECT 1 AS a; COMMIT; DELETE FROM item",
    ],
)
async def test_a_query_cannot_change_anything(shop, statement):
    async with opened(shop, write=True) as call:
        assert await refused(call("query", statement)) in ("PERMISSION_DENIED", "INVALID_ARGUMENTS")
        assert await rows(call, "SELECT count(*) AS n, max(price) AS p FROM item") == [
            {"n": 3, "p": "2.50"}
        ]


async def test_what_is_executed_is_kept_unless_it_fails(shop):
    async with opened(shop, write=True) as call:
        insert = "INSERT INTO item (name) VALUES (:name) RETURNING name"
        answer = await call("execute", insert, {"name": "oil"})
        assert (answer["rows"], answer["rowCount"]) == ([{"name": "oil"}], 1)
        assert await refused(call("execute", insert, {"name": "oil"})) == "CONFLICT"
        gone = await call("execute", "DELETE FROM item WHERE name = 'oil'")
        assert gone == {"columns": [], "rows": [], "truncated": False, "rowCount": 1}
        two = "DELETE FROM item WHERE id = 1; DELETE FROM item"
        assert await refused(call("execute", two)) == "INVALID_ARGUMENTS"
        assert await rows(call, "SELECT count(*) AS n FROM item") == [{"n": 3}]


async def test_nothing_is_executed_unless_the_operator_says_so(shop):
    async with opened(shop) as call:
        assert await refused(call("execute", "DELETE FROM item")) == "PERMISSION_DENIED"


async def test_a_result_without_end_is_cut_off_and_costs_only_what_is_kept(shop):
    async with opened(shop, max_rows=10) as call:
        answer = await call("query", "SELECT generate_series(1, 1000000000) AS i")
    assert ([row["i"] for row in answer["rows"]], answer["truncated"]) == ([*range(1, 11)], True)


@pytest.mark.parametrize("method", ["query", "execute"])
async def test_a_statement_is_stopped_at_its_time(shop, method):
    async with opened(shop, write=True, timeout_ms=100) as call:
        assert await refused(call(method, "SELECT 1 AS a FROM pg_sleep(60)")) == "TIMEOUT"
        await settled(shop)


async def test_a_cancelled_statement_ends_on_the_server_too(shop):
    async with opened(shop, timeout_ms=60_000) as call:
        asleep = [
            asyncio.create_task(call("query", "SELECT 1 AS a FROM pg_sleep(60)")) for _ in range(3)
        ]
        with psycopg.connect(shop, autocommit=True) as watching:
            await until(lambda: sleeping(watching) == 3)
        for task in asleep:
            task.cancel()
        await asyncio.wait(asleep)
        assert all(task.cancelled() for task in asleep)
        await settled(shop)
        assert await rows(call, "SELECT 1 AS a") == [{"a": 1}]


def sleeping(connection) -> int:
    statement = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND pid <> pg_backend_pid()"
        " AND wait_event = 'PgSleep'"
    )
    return connection.execute(statement).fetchone()[0]


async def settled(url: str) -> None:
    with psycopg.connect(url, autocommit=True) as watching:
        await until(lambda: sleeping(watching) == 0)


async def until(holds) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def test_a_session_leaves_nothing_to_the_next_one(shop):
    async with opened(shop, write=True) as call:
        await call("query", "SELECT pg_try_advisory_lock(7) AS got")
        await call("query", "SELECT set_config('work_mem', '64kB', false) AS a")
        await call("execute", "SET work_mem = '64kB'")
        for method in ("query", "execute"):
            found = await call(
                method,
                # A kernel in another database of the server holds one there.
                "SELECT (SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
                " WHERE l.locktype = 'advisory' AND d.datname = current_database()) AS locks,"
                " current_setting('work_mem') AS memory",
            )
            assert found["rows"] == [{"locks": 0, "memory": "4MB"}]


@pytest.mark.parametrize(
    ("statement", "parameters"),
    [
        ("SELEC 1", None),
        ("SELECT * FROM nothing", None),
        ("SELECT 1 / 0 AS a", None),
        ("SELECT :a AS a", None),
        ("SELECT 1 AS a, 2 AS a", None),
    ],
)
async def test_what_is_no_statement_is_refused_by_the_argument(shop, statement, parameters):
    async with opened(shop) as call:
        assert await refused(call("query", statement, parameters)) == "INVALID_ARGUMENTS"


async def test_a_server_that_is_not_there_is_told_without_its_address(unused_tcp_port):
    url = f"postgresql://ann:s3cret@127.0.0.1:{unused_tcp_port}/shop"
    async with opened(url) as call:
        with pytest.raises(ExtensionError) as caught:
            await call("query", "SELECT 1 AS a")
    assert caught.value.code.name == "UNAVAILABLE"
    assert str(caught.value) == "shop: the database cannot be reached"
    assert caught.value.__cause__ is None


async def test_nexus_sql_keeps_the_contract_on_postgresql(shop):
    extension = SqlExtension({"shop": SqlConnection(url=SecretStr(shop), write=True)})
    await check_extension(
        extension,
        {
            "query": ["shop", "SELECT id FROM item WHERE id = :id", {"id": 1}],
            "execute": ["shop", "UPDATE item SET made = NULL WHERE id = 2"],
        },
    )
    await extension.close()


# ---- settings and what is told of them

TOML = """
kv_keys = 5
[extensions."acme.orders"]
url = "http://orders.test"
[sql.shop]
url = "sqlite:///shop.db"
panels = ["shop-*"]
[sql.stock]
url = "sqlite:///stock.db"
[kv_scopes]
"billing-*" = ["billing/"]
[quotas."nexus.http"]
concurrent = 4
"""


def test_extensions_are_set_in_the_file(tmp_path):
    (tmp_path / "nexus.toml").write_text(TOML)
    settings = load({}, {}, tmp_path)
    assert settings.extensions == {"acme.orders": {"url": "http://orders.test"}}
    assert settings.sql["shop"].panels == ("shop-*",)
    assert settings.kv_scopes == {"billing-*": ("billing/",)}
    assert settings.quotas == {"nexus.http": Quota(concurrent=4)}


def test_a_password_may_be_in_the_environment_and_the_rest_in_the_file(tmp_path):
    (tmp_path / "nexus.toml").write_text(TOML)
    environment = {
        "NEXUS_SQL_SHOP_URL": "postgresql://me:s3cret@h/shop",
        "NEXUS_SQL_OTHER_DB_URL": "sqlite:///other.db",
        "NEXUS_SQL_OTHER_DB_WRITE": "true",
        "NEXUS_SQL_OTHER_DB_PANELS": "a, b-*",
        "NEXUS_EXTENSIONS": "acme.orders, acme.mail",
    }
    settings = load({}, environment, tmp_path)
    assert settings.sql["shop"].panels == ("shop-*",)
    assert settings.sql["shop"].url.get_secret_value() == "postgresql://me:s3cret@h/shop"
    assert (settings.sql["other_db"].write, settings.sql["other_db"].panels) == (True, ("a", "b-*"))
    assert settings.sql.keys() == {"shop", "stock", "other_db"}
    assert settings.extensions == {"acme.orders": {}, "acme.mail": {}}
    assert "s3cret" not in repr(settings)


@pytest.mark.parametrize(
    "environment",
    [
        {"NEXUS_SQL_SHOP_URL": "mysql://me:s3cret@h/d"},
        {"NEXUS_SQL_SHOP_WRITE": "true"},
        {"NEXUS_SQL_SHOP_URL": "sqlite:///s3cret.db", "NEXUS_SQL_SHOP_MAX_ROWS": "many"},
    ],
)
def test_a_connection_that_cannot_be_is_refused_by_name_and_not_shown(tmp_path, environment):
    with pytest.raises(SettingsError, match=r"sql\.shop") as caught:
        load({}, environment, tmp_path)
    assert "s3cret" not in str(caught.value)


def test_what_panels_may_reach_is_told(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_SQL_SHOP_URL", "postgresql://me:s3cret@h/shop")
    assert main(["extensions"]) == GOOD
    printed = capsys.readouterr().out
    assert "  query(connection, statement, parameters?)  Run one statement that reads;" in printed
    assert '"shop"' in printed
    assert main(["extensions", "--json"]) == GOOD
    document = capsys.readouterr().out
    names = [each["name"] for each in json.loads(document)["extensions"]]
    assert names == ["nexus.http", "nexus.kv", "nexus.sql", "nexus.timer"]
    assert "s3cret" not in printed + document


def test_an_extension_that_cannot_be_had_is_a_finding(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NEXUS_EXTENSIONS", "acme.none")
    assert main(["extensions"]) == FINDINGS
    assert "acme.none: no installed package offers it" in capsys.readouterr().err


def test_a_kernel_serves_without_an_extension_that_cannot_be_had(tmp_path):
    settings = Settings(data=tmp_path, extensions={"acme.none": {}})
    (problem,) = survey(settings).problems
    assert problem.name == "acme.none"
    with served(settings):
        pass
