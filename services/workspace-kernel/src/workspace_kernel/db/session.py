"""The database as the kernel uses it: many readers, one writer that commits in groups.

SQL runs on threads with SQLAlchemy's synchronous drivers: a round trip there is a quarter of one
through an asynchronous driver. All writes go through one thread and one connection. What waits
while a transaction commits goes into the next one together, so that the disk is waited for once
for many changes; queries that wait go to a thread together too, for changing threads costs more
than most of them. Which rows there are is the business of ``repositories``.
"""

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Protocol, TypeAlias, TypeVar

from sqlalchemy import Connection, Engine, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.base import Executable
from sqlmodel import Session, create_engine

from workspace_kernel.db.ownership import Ownership
from workspace_kernel.db.schema import migrate
from workspace_kernel.db.threads import GroupThreads, Outcome

logger = logging.getLogger(__name__)

Write: TypeAlias = tuple[Executable, dict[str, Any]]
"""A statement and its parameters; a statement kept in a constant is compiled once."""

_Result = TypeVar("_Result")
_READERS: Final = 4
_NOTICE: Final = {
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
"""So that it is noticed within half a minute, and not within hours, that a server is gone."""
_QUERIES_AT_ONCE: Final = 32
"""Queries that go to a thread together, and may have to wait for each other there."""


class CommitObserver(Protocol):
    """Who wants to know what commits cost."""

    def __call__(self, writes: int, seconds: float) -> None:
        """Take note of one transaction."""


@dataclass(frozen=True, slots=True)
class _Transaction:
    """What reads and writes, with no other write in between."""

    work: Callable[[Connection], Any]


_ToWrite: TypeAlias = Sequence[Write] | _Transaction
_Query: TypeAlias = Callable[[Session], Any]


class Database:
    """Reads and durable writes of one kernel."""

    def __init__(self, url: str, observe: CommitObserver = lambda writes, seconds: None) -> None:
        self._url = make_url(url)
        self._observe = observe
        self._write_engine = make_engine(url, read_only=False)
        self._read_engine = make_engine(url, read_only=True)
        is_file = self._url.get_backend_name() == "sqlite"
        self._ownership = None if is_file else Ownership(self._write_engine)
        self._writer: GroupThreads[_ToWrite] = GroupThreads("nexus-db-writer", self._write)
        self._readers: GroupThreads[_Query] = GroupThreads(
            "nexus-db-reader", self._query, threads=_READERS, group=_QUERIES_AT_ONCE
        )

    async def open(self) -> None:
        """Have the database for this kernel alone, and bring the schema up to date.

        Raises:
            DatabaseTakenError: another kernel uses it.

        """
        if self._url.get_backend_name() == "sqlite":
            _prepare_sqlite(self._url.database or "")
        await asyncio.to_thread(migrate, self._write_engine)
        if self._ownership is not None:
            await self.transact(self._ownership.inscribe)

    async def owned(self) -> bool:
        """Tell whether it is this kernel's still; a connection that was lost is made anew."""
        if self._ownership is None:
            return True
        for _ in range(2):
            try:
                await self.transact(lambda connection: connection.execute(text("SELECT 1")))
                break
            except SQLAlchemyError as error:
                logger.warning("The connection to the database is lost: %s", error)
        return not self._ownership.lost

    async def close(self) -> None:
        """Commit what waits and let go of all connections."""
        await asyncio.to_thread(self._writer.close)
        await asyncio.to_thread(self._readers.close)
        self._write_engine.dispose()
        self._read_engine.dispose()

    async def read(self, query: Callable[[Session], _Result]) -> _Result:
        """Run a query and return what it returns; it is not to keep the session."""
        return await self._readers.submit(query)

    async def write(self, *writes: Write) -> None:
        """Commit the writes together; when this returns they outlive a power cut.

        Raises:
            sqlalchemy.exc.IntegrityError: they contradict what is there; nothing was written.
            sqlalchemy.exc.OperationalError: the database cannot take them now.
            DatabaseTakenError: another kernel uses it.

        """
        await self._writer.submit(writes)

    async def transact(self, work: Callable[[Connection], _Result]) -> _Result:
        """Run what reads and writes as one transaction, with no other write in between.

        When this returns, what was written outlives a power cut. When ``work`` raises, nothing was
        written, and that is raised here.
        """
        return await self._writer.submit(_Transaction(work))

    # ---- on the threads

    def _query(self, queries: Sequence[_Query]) -> list[Outcome]:
        with Session(self._read_engine) as session:
            return [_outcome(session, query) for query in queries]

    def _write(self, group: Sequence[_ToWrite]) -> list[Outcome]:
        """Do what waits in its order; neighbours that only write share a transaction."""
        outcomes: list[Outcome] = []
        for each in _together(group):
            if isinstance(each, _Transaction):
                outcomes.append(self._transact(each.work))
            else:
                outcomes += self._commit(each)
        return outcomes

    def _commit(self, group: Sequence[Sequence[Write]]) -> list[Outcome]:
        """Commit the group in one transaction, or each alone when that fails."""
        flat = [write for writes in group for write in writes]
        outcome = self._transact(partial(_execute, writes=flat), len(group))
        if outcome[1] is None or len(group) == 1:
            return [outcome] * len(group)
        return [self._transact(partial(_execute, writes=writes)) for writes in group]

    def _transact(self, work: Callable[[Connection], Any], count: int = 1) -> Outcome:
        began = time.perf_counter()
        try:
            with self._write_engine.begin() as connection:
                result = work(connection)
        except Exception as error:
            return None, error
        self._observe(count, time.perf_counter() - began)
        return result, None


def _together(group: Sequence[_ToWrite]) -> Iterator[_Transaction | Sequence[Sequence[Write]]]:
    """Put neighbours that only write together."""
    writing: list[Sequence[Write]] = []
    for each in group:
        if not isinstance(each, _Transaction):
            writing.append(each)
            continue
        if writing:
            yield writing
            writing = []
        yield each
    if writing:
        yield writing


def _outcome(session: Session, query: _Query) -> Outcome:
    """Return what a query returns or raises; the next one finds the session as new."""
    try:
        found = query(session)
    except Exception as error:
        with contextlib.suppress(SQLAlchemyError):
            session.reset()
        return None, error
    session.expunge_all()
    return found, None


def _execute(connection: Connection, writes: Sequence[Write]) -> None:
    for statement, parameters in _runs(writes):
        connection.execute(statement, parameters)


def _runs(writes: Sequence[Write]) -> Iterator[tuple[Executable, list[dict[str, Any]]]]:
    """Put neighbours with the same statement together, for one call of the driver."""
    for _, run in groupby(writes, key=lambda write: id(write[0])):
        neighbours = list(run)
        yield neighbours[0][0], [parameters for _, parameters in neighbours]


def make_engine(url: str, *, read_only: bool) -> Engine:
    """Return an engine for a URL as operators write it; SQLite is made durable and safe.

    One that writes has one connection and no more. What is written is hidden from its errors: they
    are logged, and it is what users typed.
    """
    if url.startswith("postgresql:"):
        url = url.replace("postgresql:", "postgresql+psycopg:", 1)
    size = _READERS if read_only else 1
    known = make_url(url)
    if known.get_backend_name() != "sqlite":
        return create_engine(
            url,
            connect_args={k: v for k, v in _NOTICE.items() if k not in known.query},
            pool_size=size,
            max_overflow=0,
            pool_pre_ping=read_only,
            hide_parameters=True,
        )
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False},
        pool_size=size,
        max_overflow=0,
        hide_parameters=True,
    )

    def prepare(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        for pragma in _pragmas(read_only=read_only):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine, "connect", prepare)
    return engine


def _pragmas(*, read_only: bool) -> tuple[str, ...]:
    if read_only:
        return ("busy_timeout = 10000", "query_only = ON")
    # FULL, since NORMAL lets a power cut take what was acknowledged.
    return (
        "busy_timeout = 10000",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
    )


def _prepare_sqlite(path: str) -> None:
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    if can_lose_a_commit(sqlite3.sqlite_version_info):
        logger.warning(
            "SQLite %s can damage a database when one connection commits while another "
            "checkpoints (fixed in 3.51.3, 3.50.7 and 3.44.6). Here one connection does both, one "
            "after the other; let no other program write to %s while the kernel runs.",
            sqlite3.sqlite_version,
            path,
        )


def can_lose_a_commit(version: tuple[int, int, int]) -> bool:
    """Tell whether a version has the WAL-reset bug.

    A checkpoint that begins while another connection starts the log anew can take what is
    committed next for copied. It takes two connections: SQLite checkpoints after a commit, when it
    is asked to, and when the last connection closes, and readers do none of it.
    """
    mended = (3, 44, 6) <= version < (3, 45) or (3, 50, 7) <= version < (3, 51)
    return version < (3, 51, 3) and not mended


__all__ = ["CommitObserver", "Database", "Write", "can_lose_a_commit", "make_engine"]
