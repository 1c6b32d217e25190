"""Write QUERIES.md: what the kernel asks its database, by which index, and what bounds the answer.

python docs/queries.py            write the page
python docs/queries.py --check    only say whether its table is stale, and fail if so

Every question of the modules of ``workspace_kernel.db`` is asked of databases with tens of
thousands of rows, SQLite and PostgreSQL, which then explain how they went about it. A question that
reads a large table from end to end fails the command, and so does a list without a bound.
"""

import argparse
import inspect
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Final, TypeAlias, cast

from sqlalchemy import Connection, Engine, event, insert, text
from sqlmodel import Session

from workspace_kernel.db import (
    accounts,
    answers,
    executions,
    models,
    repositories,
    retention,
    triggers,
)
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.schema import migrate
from workspace_kernel.db.session import make_engine
from workspace_kernel.testing import postgresql

PAGE: Final = Path(__file__).parent / "QUERIES.md"

BOUNDS: Final[Mapping[str, str]] = {
    "workspaces": "at start: every workspace is brought up",
    "panels": "`limit`; without one, the panels of one workspace, when git is compared",
    "pending_saves": "one for each panel of a workspace that was just saved",
    "recorded_workspaces": "at most one for each workspace",
    "waiting_panels": "at start: setting `max_suspended` for each workspace",
    "kept_sizes": "at start: setting `max_suspended` for each workspace",
    "kept_executions": "setting `max_suspended`",
    "live_triggers": "at start: those that sources declare",
    "triggers_of": "those that one source declares",
    "needed": "those of one page",
    "firings": "those under way, of one panel or, at start, of all",
}
"""What bounds a list that has no LIMIT."""

AT_START: Final = frozenset(
    {"workspaces", "recorded_workspaces", "waiting_panels", "kept_sizes", "live_triggers"}
)
"""Questions about a whole table: asked when the kernel starts, or once a minute."""

_GIVEN: Final[Mapping[str, object]] = {
    "workspace": "w1",
    "workspace_id": "w1",
    "key": PanelKey("w1", "p7"),
    "account_id": "a7",
    "caller": "a7",
    "request_id": "r7",
    "session_id": "s7",
    "token_id": "t7",
    "invitation_id": "i7",
    "digest": "d7",
    "email": "7@example.test",
    "role": "owner",
    "rev": 7,
    "before": 7000,
    "number": 7,
    "limit": 50,
    "now": 1000.0,
    "moment": 1000.0,
    "most": 100,
    "most_bytes": 1 << 20,
    "oldest": 0.0,
    "after": None,
    "last": PanelKey("w1", "p7"),
    "names": ["r7", "r8"],
}
"""What questions are asked with, by the names of their parameters."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One statement of a question, and how a database went about it."""

    statement: str
    plan: tuple[str, ...]


Plans = Mapping[str, Sequence[Asked]]
"""By question."""


def questions() -> dict[str, Callable[..., object]]:
    """Return all that is asked: the public functions that take a session."""
    return {
        name: function
        for module in (repositories, executions, accounts, answers, triggers, retention)
        for name, function in _functions(module)
        if next(iter(inspect.signature(function).parameters), None) == "session"
    }


def _functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., object]]]:
    for name, function in vars(module).items():
        own = inspect.isfunction(function) and function.__module__ == module.__name__
        if own and not name.startswith("_"):
            yield name, function


def explain(url: str) -> Plans:
    """Fill a database and have it explain every question."""
    engine = make_engine(url, read_only=False)
    try:
        migrate(engine)
        with engine.begin() as connection:
            for model, rows in _rows():
                connection.execute(insert(model), rows)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("ANALYZE"))
        return {name: _explained(engine, ask) for name, ask in questions().items()}
    finally:
        engine.dispose()


def _explained(engine: Engine, ask: Callable[..., object]) -> list[Asked]:
    explained: list[Asked] = []
    sqlite = engine.dialect.name == "sqlite"
    prefix = "EXPLAIN QUERY PLAN " if sqlite else "EXPLAIN (COSTS OFF) "

    def capture(
        connection: Connection, _: object, statement: str, given: object, *others: object
    ) -> None:
        cursor = connection.connection.cursor()
        cursor.execute(prefix + statement, cast("tuple[object, ...]", given))
        plan = tuple(str(row[-1]).rstrip() for row in cursor.fetchall())
        cursor.close()
        explained.append(Asked(" ".join(statement.split()), plan))

    parameters = list(inspect.signature(ask).parameters)[1:]
    event.listen(engine, "before_cursor_execute", capture)
    try:
        with Session(engine) as session:
            ask(session, **{name: _given(ask, name) for name in parameters})
    finally:
        event.remove(engine, "before_cursor_execute", capture)
    return explained


def _given(ask: Callable[..., object], name: str) -> object:
    parameter = inspect.signature(ask).parameters[name]
    default = parameter.default
    if name == "key" and parameter.annotation in (str, "str"):
        return "k7"
    return default if name == "after" and isinstance(default, str) else _GIVEN[name]


_Rows: TypeAlias = Iterator[tuple[type[models.Table], list[dict[str, object]]]]
_PANELS: Final = [{"workspace_id": f"w{n // 200}", "panel_id": f"p{n % 200}"} for n in range(2000)]
_BUSY: Final = _PANELS[207]
_PEOPLE: Final = range(12_000)
_LASTING: Final = {"created_at": 1.0, "expires_at": 2e9}


def _rows() -> _Rows:
    """Yield many rows of every table that grows."""
    yield from _rows_of_panels()
    yield from _rows_of_executions()
    yield from _rows_of_accounts()
    yield from _rows_of_members()


def _rows_of_panels() -> _Rows:
    yield models.Workspace, [{"id": f"w{n}", "title": "W", "created_at": 1.0} for n in range(300)]
    hashed = {"source_hash": "0" * 64, "created_at": 1.0, "updated_at": 1.0, "first_rev": 0}
    yield (
        models.Panel,
        [
            {"workspace_id": each["workspace_id"], "id": each["panel_id"], **hashed}
            for each in _PANELS
        ],
    )
    change = {"ops": "[]", "cause": '{"kind":"binding"}', "at": 1.0}
    yield (
        models.LoggedChange,
        [
            {**panel, "rev": rev, "cause_id": f"r{rev}", **change}
            for panel in _PANELS
            for rev in range(1, 4000 if panel is _BUSY else 5)
        ],
    )
    yield (
        models.Snapshot,
        [
            {**panel, "rev": rev, "state": "{}", "at": 1.0, "bytes": 2}
            for panel in _PANELS
            for rev in range(1, 100 if panel is _BUSY else 3)
        ],
    )
    saved = {"source": "", "branch": "main", "author_name": "A", "author_email": "a"}
    yield models.PendingSave, [{**panel, **saved} for panel in _PANELS]


def _rows_of_executions() -> _Rows:
    asked = {"call": '{"tool":"t","args":[]}', "started_at": 1.0}
    yield (
        models.StoredExecution,
        [{**_PANELS[n % 2000], "request_id": f"r{n}", **asked} for n in range(8000)],
    )
    kept = {"at": 1.0, "size": 9, "content": b"x"}
    yield (
        models.ExecutionRecord,
        [{**_PANELS[n % 2000], "request_id": f"r{n}", **kept} for n in range(4000)],
    )
    yield (
        models.SuspendedExecution,
        [
            {**_PANELS[n % 2000], "request_id": f"r{n}", "size": 1, "image": b"x"}
            for n in range(4000)
        ],
    )
    yield (
        models.SuspendedCall,
        [{**_PANELS[n % 2000], "request_id": f"r{n}", "call": 1} for n in range(4000)],
    )
    yield (
        models.StoredTrigger,
        [{**_PANELS[n % 2000], "id": f"t{n}", "declared": "{}"} for n in range(4000)],
    )
    yield (
        models.StoredFiring,
        [
            {**_PANELS[n % 2000], "trigger_id": f"t{n}", "request_id": f"r{n}", "args": "{}"}
            for n in range(4000)
        ],
    )
    yield (
        models.KeptValue,
        [
            {"workspace_id": f"w{n % 300}", "key": f"k{n}", "bytes": 9, "value": "1"}
            for n in range(4000)
        ],
    )
    yield (
        models.AnsweredRequest,
        [
            {"caller": f"a{n % 100}", "key": f"k{n}", "asks": "", "answer": "", "at": 1.0}
            for n in range(3000)
        ],
    )


def _rows_of_accounts() -> _Rows:
    yield (
        models.Account,
        [
            {
                "id": f"a{n}",
                "email": f"{n}@example.test",
                "name": "A",
                "password": "",
                "created_at": 1.0,
            }
            for n in _PEOPLE
        ],
    )
    yield models.LoginSession, [{"id": f"s{n}", "account_id": f"a{n}", **_LASTING} for n in _PEOPLE]
    yield (
        models.RefreshToken,
        [
            {"session_id": f"s{n}", "number": 1, "digest": f"d{n}", "expires_at": 2e9}
            for n in _PEOPLE
        ],
    )
    token = {"name": "T", "scopes": "read", **_LASTING}
    yield (
        models.PersonalToken,
        [{"id": f"t{n}", "account_id": f"a{n}", "digest": f"d{n}", **token} for n in _PEOPLE],
    )


def _rows_of_members() -> _Rows:
    yield (
        models.Membership,
        [
            {
                "workspace_id": f"w{n % 300}",
                "account_id": f"a{n}",
                "role": "viewer",
                "created_at": 1.0,
            }
            for n in range(3000)
        ],
    )
    yield (
        models.StoredLayout,
        [
            {"workspace_id": f"w{n % 300}", "account_id": f"a{n}", "windows": "[]", "saved_at": 1.0}
            for n in range(3000)
        ],
    )
    yield (
        models.Invitation,
        [
            {
                "id": f"i{n}",
                "workspace_id": f"w{n % 300}",
                "role": "viewer",
                "digest": f"d{n}",
                **_LASTING,
            }
            for n in _PEOPLE
        ],
    )
    yield (
        models.AuditEntry,
        [
            {
                "at": 1.0,
                "action": "x",
                "workspace_id": f"w{n % 300}",
                "account_id": f"a{n % 12_000}",
            }
            for n in range(9000)
        ],
    )


# ---- what the plans say

_SQLITE_INDEX: Final = re.compile(r"USING (?:COVERING )?(?:INDEX (\w+)|(INTEGER PRIMARY KEY))")
_POSTGRESQL_INDEX: Final = re.compile(
    r"(?:Index(?: Only)? Scan(?: Backward)? using|Index Scan on) (\w+)"
)
_SQLITE_WHOLE: Final = re.compile(r"^SCAN (\w+)(?! USING)")
_POSTGRESQL_WHOLE: Final = re.compile(r"Seq Scan on (\w+)")


def indexes(asked: Sequence[Asked]) -> list[str]:
    """Return the indexes that were used, by name."""
    found: set[str] = set()
    for line in (line for each in asked for line in each.plan):
        for pattern in (_SQLITE_INDEX, _POSTGRESQL_INDEX):
            found |= {name for match in pattern.finditer(line) for name in match.groups() if name}
    return sorted(found)


def read_whole(asked: Sequence[Asked]) -> list[str]:
    """Return the tables that were read from end to end."""
    lines = [line for each in asked for line in each.plan]
    matches = (p.search(line) for line in lines for p in (_SQLITE_WHOLE, _POSTGRESQL_WHOLE))
    tables = {table.__tablename__ for table in models.TABLES}
    return sorted({match[1] for match in matches if match} & tables)


def amiss(plans: Plans) -> list[str]:
    """Say which questions read a large table whole, or have no bound."""
    whole = [
        f"{name} reads {', '.join(tables)} whole"
        for name, asked in plans.items()
        if (tables := read_whole(asked)) and name not in AT_START
    ]
    return whole + [f"{name} has no bound" for name in plans if bound(name, plans[name]) is None]


def bound(name: str, asked: Sequence[Asked]) -> str | None:
    """Return what bounds an answer: that there is one row, a LIMIT, or a reason."""
    if "list[" not in str(inspect.signature(questions()[name]).return_annotation):
        return "one"
    if name in BOUNDS:
        return BOUNDS[name]
    return "`limit`" if all("LIMIT" in each.statement for each in asked) else None


def page(sqlite: Plans, postgres: Plans) -> str:
    """Return the page."""
    return (
        "\n".join((_INTRODUCTION, *_table(sqlite, postgres), "", *_plans(sqlite, postgres))) + "\n"
    )


def _table(sqlite: Plans, postgres: Plans) -> Iterator[str]:
    yield "| question | bound | on SQLite by | on PostgreSQL by |"
    yield "| --- | --- | --- | --- |"
    for name, asked in sqlite.items():
        how = " | ".join(_how(each) for each in (asked, postgres[name]))
        yield f"| `{name}` | {bound(name, asked)} | {how} |"


def _how(asked: Sequence[Asked]) -> str:
    names = [f"`{name.removeprefix('sqlite_autoindex_')}`" for name in indexes(asked)]
    return ", ".join(names) or "the whole table"


def _plans(sqlite: Plans, postgres: Plans) -> Iterator[str]:
    yield "## Plans\n"
    yield "As they were when this page was written; planners change their minds.\n"
    for name in sqlite:
        yield f"### {name}\n"
        yield "```text"
        for here, there in zip(sqlite[name], postgres[name], strict=True):
            yield _wrapped(here.statement)
            yield from (f"  SQLite      {line}" for line in here.plan)
            yield from (f"  PostgreSQL  {line}" for line in there.plan)
        yield "```\n"


def _wrapped(statement: str) -> str:
    return re.sub(r" (FROM|WHERE|ORDER BY|LIMIT|JOIN) ", r"\n  \1 ", statement)


_INTRODUCTION: Final = """<!-- Written by queries.py beside this page. -->
# What the kernel asks its database

Every question, the index by which it is answered in databases with tens of thousands of rows, and
what bounds the answer. `docs/queries.py` asks them all and fails when one reads a large table from
end to end, or when a list has no bound. Questions about a whole table are asked when a kernel
starts, or by the sweep once a minute.
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or check it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Write QUERIES.md.")
    parser.add_argument("--check", action="store_true", help="only say whether it is stale")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder, postgresql() as create:
        sqlite = explain(f"sqlite:///{folder}/queries.db")
        postgres = explain(create("queries"))
    wrong = [f"{kind}: {each}" for kind, plans in (("SQLite", sqlite), ("PostgreSQL", postgres))
             for each in amiss(plans)]  # fmt: skip
    written = page(sqlite, postgres)
    present = PAGE.read_text(encoding="utf-8") if PAGE.exists() else ""
    # The plans below the table are of one day's planner; the table is what has to hold.
    stale = present.split("\n## Plans")[0] != written.split("\n## Plans")[0]
    if stale and not given.check:
        PAGE.write_text(written, encoding="utf-8")
    if stale:
        wrong += [f"{PAGE.name}: {'is stale' if given.check else 'written'}"]
    sys.stdout.writelines(f"{each}\n" for each in wrong)
    return 1 if wrong and (given.check or amiss(sqlite) or amiss(postgres)) else 0


if __name__ == "__main__":
    sys.exit(main())
