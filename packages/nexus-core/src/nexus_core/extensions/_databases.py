"""Run one statement on a database: bound in time, and kept from writing by the database itself.

The only module that imports SQLAlchemy, itself imported with the first statement. That a question
writes nothing is not a reading of its text: PostgreSQL runs it as a cursor of a transaction that
is read-only before the statement is seen, SQLite opens the file so. What the answer becomes, and
how much of it is read, is the business of who asks. No address or password is ever in an error.
"""

import asyncio
import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, Protocol, TypeAlias, TypeVar, cast
from urllib.parse import quote

import psycopg.abc
from sqlalchemy import (
    URL,
    BindParameter,
    Connection,
    Engine,
    NullPool,
    QueuePool,
    TextClause,
    bindparam,
    create_engine,
    event,
    text,
)
from sqlalchemy.engine import make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from nexus_core.extensions.extension import ExtensionError
from nexus_protocol.errors import ErrorCode

CONNECT_SECONDS: Final = 5
THREADS: Final = 8
"""Statements of one database that run at once."""

_BATCH: Final = 100
"""Rows that are fetched at once."""
_STEPS: Final = 1000
"""Instructions of SQLite's machine between two looks at the clock: some tens of microseconds."""
_SECOND_WALL: Final = 1.0
"""Seconds after its time at which PostgreSQL itself ends a statement that was not cancelled."""
_VALUE_BYTES: Final = 4 << 20
"""The longest value that SQLite makes."""

Parameters: TypeAlias = Mapping[str, object]
"""Values by name; a list stands for the members of an ``IN``."""

_T = TypeVar("_T")

Take: TypeAlias = Callable[[tuple[str, ...], Iterable[Sequence[object]], int], _T]
"""Make something of columns, rows as they come, and the number of rows that were changed."""


class Database(Protocol):
    """A database of which one statement at a time can be asked; nothing is connected at first."""

    async def read(self, statement: str, parameters: Parameters, take: Take[_T]) -> _T:
        """Run a statement that may not write.

        Raises:
            ExtensionError: TIMEOUT, PERMISSION_DENIED when it would write, INVALID_ARGUMENTS when
                it is no statement, RESOURCE_LIMIT, CONFLICT, UNAVAILABLE.

        """
        ...

    async def write(self, statement: str, parameters: Parameters, take: Take[_T]) -> _T:
        """Run a statement in a transaction of its own; raises as ``read`` does."""
        ...

    async def close(self) -> None:
        """Close all connections."""
        ...


def open_database(name: str, url: str, timeout: float) -> Database:
    """Return a database, whose statements take ``timeout`` seconds at most.

    Raises:
        ExtensionError: UNAVAILABLE, the address makes no sense.

    """
    try:
        address = make_url(url)
    except (ArgumentError, ValueError):
        address = None
    if address is None or not address.database:
        message = f"the address of the connection {name!r} makes no sense"
        raise ExtensionError(ErrorCode.UNAVAILABLE, message)
    kind = _Sqlite if address.get_backend_name() == "sqlite" else _Postgresql
    return _Threaded(name, kind(address, timeout), timeout)


# ---- on threads, in time


class _Job:
    """A statement under way, which can be told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._interrupt: Callable[[], None] | None = None
        self.stopped = False

    @contextlib.contextmanager
    def interrupted_by(self, interrupt: Callable[[], None]) -> Generator[None]:
        """Say how to stop what runs meanwhile."""
        with self._lock:
            if self.stopped:
                raise ExtensionError(ErrorCode.CANCELLED, "the statement was given up")
            self._interrupt = interrupt
        try:
            yield
        finally:
            # Under the lock, so that an interrupt never hits what the connection does next.
            with self._lock:
                self._interrupt = None

    def stop(self) -> None:
        """Stop what runs; may wait for the database to take note."""
        with self._lock:
            self.stopped = True
            if self._interrupt:
                with contextlib.suppress(sqlite3.Error, psycopg.Error):
                    self._interrupt()


class _Kind(Protocol):
    """How statements are run on one kind of database; called on threads."""

    def read(self, statement: TextClause, take: Take[_T], job: _Job) -> _T: ...
    def write(self, statement: TextClause, take: Take[_T], job: _Job) -> _T: ...
    def told(self, error: BaseException | None) -> tuple[ErrorCode, str]: ...
    def dispose(self) -> None: ...


class _Threaded:
    """A ``Database`` that waits on threads of its own."""

    def __init__(self, name: str, kind: _Kind, timeout: float) -> None:
        self._name = name
        self._kind = kind
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(THREADS, f"nexus-sql-{name}")

    async def read(self, statement: str, parameters: Parameters, take: Take[_T]) -> _T:
        bound = _bound(statement, parameters)
        return await self._in_time(lambda job: self._kind.read(bound, take, job))

    async def write(self, statement: str, parameters: Parameters, take: Take[_T]) -> _T:
        bound = _bound(statement, parameters)
        return await self._in_time(lambda job: self._kind.write(bound, take, job))

    async def close(self) -> None:
        await asyncio.to_thread(self._threads.shutdown)
        self._kind.dispose()

    async def _in_time(self, work: Callable[[_Job], _T]) -> _T:
        job = _Job()
        running = asyncio.get_running_loop().run_in_executor(self._threads, self._run, work, job)
        try:
            async with asyncio.timeout(self._timeout):
                return await asyncio.shield(running)
        except TimeoutError:
            raise self._too_slow() from None
        finally:
            if not running.done():
                running.add_done_callback(_forget)
                # On a thread, and shielded: PostgreSQL is asked over a connection of its own.
                await asyncio.shield(asyncio.to_thread(job.stop))

    def _run(self, work: Callable[[_Job], _T], job: _Job) -> _T:
        try:
            return work(job)
        except DBAPIError as error:
            code, message = self._kind.told(error.orig)
            if code is ErrorCode.TIMEOUT:
                raise self._too_slow() from None
            raise ExtensionError(code, f"{self._name}: {message}"[:500]) from None
        except NoConnectionError:
            message = f"{self._name}: all connections are taken"
            raise ExtensionError(ErrorCode.UNAVAILABLE, message) from None
        except SQLAlchemyError as error:
            # Of its statement, such as a parameter that is missing; it holds no address.
            message = f"{self._name}: {error.args[0] if error.args else 'refused'}"
            raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, message[:500]) from None

    def _too_slow(self) -> ExtensionError:
        message = f"{self._name}: the statement took longer than {self._timeout * 1000:.0f} ms"
        return ExtensionError(ErrorCode.TIMEOUT, message)


def _forget(running: "asyncio.Future[Any]") -> None:
    if not running.cancelled():
        running.exception()


def _bound(statement: str, parameters: Parameters) -> TextClause:
    try:
        binds: list[BindParameter[Any]] = [
            bindparam(name, value, expanding=isinstance(value, list))
            for name, value in parameters.items()
        ]
        return text(statement).bindparams(*binds)
    except ArgumentError as error:
        raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, str(error)[:300]) from None


def _taken(connection: Connection, statement: TextClause, take: Take[_T]) -> _T:
    result = connection.execute(statement)
    if not result.returns_rows:
        return take((), (), max(result.rowcount, 0))
    with result:
        return take(tuple(result.keys()), result, max(result.rowcount, 0))


# ---- PostgreSQL


class _Postgresql:
    def __init__(self, url: URL, timeout: float) -> None:
        url = url.set(drivername="postgresql+psycopg")
        options = {"connect_args": {"connect_timeout": CONNECT_SECONDS}, "hide_parameters": True}
        self._timeout = f"{int((timeout + _SECOND_WALL) * 1000)}ms"
        self._reading = create_engine(
            url, pool_size=THREADS, max_overflow=0, pool_pre_ping=True, **options
        )
        event.listen(self._reading, "reset", _unlock)
        # A statement that writes may leave anything in its session, so nobody else gets that.
        self._writing = create_engine(url, poolclass=NullPool, **options)
        event.listen(self._writing, "do_execute", _execute_one)

    def read(self, statement: TextClause, take: Take[_T], job: _Job) -> _T:
        with (
            self._reading.connect().execution_options(postgresql_readonly=True) as connection,
            self._bounded(connection, job),
        ):
            return _taken(_streaming(connection), statement, take)

    def write(self, statement: TextClause, take: Take[_T], job: _Job) -> _T:
        with (
            self._writing.begin() as connection,
            self._bounded(connection, job),
        ):
            return _taken(connection, statement, take)

    def dispose(self) -> None:
        self._reading.dispose()
        self._writing.dispose()

    @contextlib.contextmanager
    def _bounded(self, connection: Connection, job: _Job) -> Generator[None]:
        # The first question also fixes the transaction: what follows cannot make it read-write.
        bound = text("SELECT set_config('statement_timeout', :most, true)")
        connection.execute(bound, {"most": self._timeout})
        driver = cast("psycopg.Connection[Any]", connection.connection.driver_connection)
        with job.interrupted_by(lambda: driver.cancel_safe(timeout=_SECOND_WALL)):
            yield

    def told(self, error: BaseException | None) -> tuple[ErrorCode, str]:
        state = error.sqlstate if isinstance(error, psycopg.Error) else None
        if not isinstance(error, psycopg.Error) or state is None:
            return ErrorCode.UNAVAILABLE, "the database cannot be reached"
        said = error.diag.message_primary or "refused"
        match state:
            case "57014":
                return ErrorCode.TIMEOUT, said
            case "25006" | "42501":
                return ErrorCode.PERMISSION_DENIED, said
            case _:
                pass
        match state[:2]:
            case "23" | "40":
                return ErrorCode.CONFLICT, said
            case "0A" | "22" | "25" | "26" | "42" | "P0":
                return ErrorCode.INVALID_ARGUMENTS, said
            case "53" | "54":
                return ErrorCode.RESOURCE_LIMIT, said
            case _:
                return ErrorCode.UNAVAILABLE, "the database cannot be reached"


def _streaming(connection: Connection) -> Connection:
    """Return what answers through a cursor, of which no more is fetched than is asked for."""
    return connection.execution_options(stream_results=True, max_row_buffer=_BATCH)


def _execute_one(
    cursor: "psycopg.Cursor[object]", statement: bytes, parameters: psycopg.abc.Params, _: object
) -> bool:
    """Have a statement prepared, for the server then refuses a second one behind it."""
    cursor.execute(statement, parameters, prepare=True)
    return True


def _unlock(connection: DBAPIConnection, _: object, __: object) -> None:
    """Give back the one thing that a session keeps when a read-only transaction is rolled back."""
    connection.rollback()
    cursor = connection.cursor()
    cursor.execute("SELECT pg_advisory_unlock_all()")
    cursor.close()
    connection.rollback()


# ---- SQLite


class _Sqlite:
    def __init__(self, url: URL, timeout: float) -> None:
        self._timeout = timeout
        self._reading = _sqlite_engine(url, "ro", query_only=True)
        self._writing = _sqlite_engine(url, "rw", query_only=False)

    def read(self, statement: TextClause, take: Take[_T], job: _Job) -> _T:
        with self._reading.connect() as connection, self._bounded(connection, job):
            return _taken(connection, statement, take)

    def write(self, statement: TextClause, take: Take[_T], job: _Job) -> _T:
        with self._writing.begin() as connection, self._bounded(connection, job):
            return _taken(connection, statement, take)

    def dispose(self) -> None:
        self._reading.dispose()
        self._writing.dispose()

    @contextlib.contextmanager
    def _bounded(self, connection: Connection, job: _Job) -> Generator[None]:
        driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        until = time.monotonic() + self._timeout
        driver.set_progress_handler(lambda: job.stopped or time.monotonic() > until, _STEPS)
        driver.set_authorizer(_authorize)
        try:
            with job.interrupted_by(driver.interrupt):
                yield
        finally:
            driver.set_authorizer(None)
            driver.set_progress_handler(None, 0)

    def told(self, error: BaseException | None) -> tuple[ErrorCode, str]:
        said = str(error)
        kind = str(getattr(error, "sqlite_errorname", "SQLITE_ERROR"))
        match kind.split("_")[1]:
            case "INTERRUPT":
                return ErrorCode.TIMEOUT, said
            case "READONLY" | "AUTH" | "PERM":
                return ErrorCode.PERMISSION_DENIED, said
            case "CONSTRAINT":
                return ErrorCode.CONFLICT, said
            case "TOOBIG" | "NOMEM" | "FULL":
                return ErrorCode.RESOURCE_LIMIT, said
            case "ERROR" | "MISMATCH" | "RANGE":
                return ErrorCode.INVALID_ARGUMENTS, said
            case _:
                return ErrorCode.UNAVAILABLE, f"the database cannot be used now ({kind})"


def _sqlite_engine(url: URL, mode: str, *, query_only: bool) -> Engine:
    address = f"file:{quote(url.database or '')}?mode={mode}"

    def connect() -> sqlite3.Connection:
        connection = sqlite3.connect(
            address, uri=True, check_same_thread=False, timeout=CONNECT_SECONDS
        )
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _VALUE_BYTES)
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA foreign_keys = ON")
        if query_only:
            connection.execute("PRAGMA query_only = ON")
        return connection

    return create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=THREADS,
        max_overflow=0,
        hide_parameters=True,
    )


def _authorize(action: int, first: str | None, second: str | None, *_: str | None) -> int:
    """Refuse what reaches beyond the file and the one statement."""
    beyond = action in (
        sqlite3.SQLITE_ATTACH,
        sqlite3.SQLITE_DETACH,
        sqlite3.SQLITE_PRAGMA,
        sqlite3.SQLITE_SAVEPOINT,
        sqlite3.SQLITE_CREATE_VTABLE,
    )
    loading = action == sqlite3.SQLITE_FUNCTION and second == "load_extension"
    return sqlite3.SQLITE_DENY if beyond or loading else sqlite3.SQLITE_OK


__all__ = ["Database", "Parameters", "Take", "open_database"]
