"""One kernel for one PostgreSQL database: it writes while it holds a lock, and never without.

The lock is one of the session, and it is taken by the one connection that writes, whenever that is
made. So neither outlives the other: PostgreSQL gives the lock away only when the session is over,
and with it all that this kernel could still write. Of a lock on a connection of its own that would
not be true: it could be lost while the other one writes on.

A connection that was lost is made anew, and the lock taken again. What the kernel knows by heart
then still holds if nobody else had the database in between, which is read from the name that each
kernel leaves in it when it begins. One that finds another's name has lost the database for good: it
writes nothing any more, and has to end.

Kernels in different schemas of a database do not disturb each other. Sessions have to be the
kernel's own: PgBouncer serves with ``pool_mode = session`` only. SQLite is locked as a file, by
``serving.claimed``.
"""

import time
import uuid
from contextlib import closing
from typing import Final, TypeAlias

from sqlalchemy import Connection, Engine, PoolProxiedConnection, delete, event, insert
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import SQLAlchemyError

from workspace_kernel.db.models import DatabaseOwner

WAIT_MS: Final = 2000
"""How long the lock is waited for: that of a kernel that was just killed is free in a moment."""

_KEY: Final = 0x4E585553
"""NXUS, so that other programs' locks are others."""
_LOCK: Final = "SELECT pg_advisory_lock(%s, hashtext(coalesce(current_schema(), '')))"
_UNLOCK: Final = "SELECT pg_advisory_unlock(%s, hashtext(coalesce(current_schema(), '')))"
_NOT_AVAILABLE: Final = "55P03"
_KEEPALIVES: Final = (
    # The server, too, shall notice within half a minute that nobody is there: else the lock of a
    # machine that lost its power would be held for hours.
    "SET tcp_keepalives_idle = 10",
    "SET tcp_keepalives_interval = 5",
    "SET tcp_keepalives_count = 3",
)


_Session: TypeAlias = DBAPIConnection | PoolProxiedConnection


class DatabaseTakenError(SQLAlchemyError):
    """Raised when another kernel uses the database; nothing was written."""


class Ownership:
    """Whether a database is one kernel's, from the first connection that writes to the last."""

    def __init__(self, engine: Engine) -> None:
        """Take the lock with every connection of an engine, of which there is one at a time."""
        self._name = uuid.uuid4().hex
        self._inscribed = False
        self._lost = False
        event.listen(engine, "connect", self._take)

    @property
    def lost(self) -> bool:
        """Whether another kernel has had the database since; that does not end."""
        return self._lost

    def inscribe(self, connection: Connection) -> None:
        """Leave the kernel's name in the database."""
        connection.execute(delete(DatabaseOwner))
        row = DatabaseOwner(id=1, kernel=self._name, since=time.time())
        connection.execute(insert(DatabaseOwner), row.model_dump())
        self._inscribed = True

    def _take(self, connection: DBAPIConnection, _: object) -> None:
        locked = _lock(connection)
        if self._inscribed and _holder(connection) != self._name:
            self._lost = True
        if self._lost or not locked:
            raise DatabaseTakenError("Another kernel uses the database.")


def is_free(engine: Engine) -> bool:
    """Tell whether no kernel uses a database."""
    with engine.connect() as connection:
        session = connection.connection
        if not _lock(session):
            return False
        _execute(session, _UNLOCK, (_KEY,))
        session.commit()
        return True


def _lock(connection: _Session) -> bool:
    """Take the lock for a session if it is free, or comes free in a moment."""
    _execute(connection, f"SET LOCAL lock_timeout = {WAIT_MS}")
    try:
        _execute(connection, _LOCK, (_KEY,))
    except Exception as error:
        connection.rollback()
        if getattr(error, "sqlstate", None) != _NOT_AVAILABLE:
            raise
        return False
    for statement in _KEEPALIVES:
        _execute(connection, statement)
    connection.commit()
    return True


def _holder(connection: DBAPIConnection) -> str | None:
    """Return the name of the kernel that last began with a database."""
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT kernel FROM database_owner")
        row = cursor.fetchone()
    connection.rollback()
    return row[0] if row else None


def _execute(connection: _Session, statement: str, parameters: tuple[object, ...] = ()) -> None:
    with closing(connection.cursor()) as cursor:
        cursor.execute(statement, parameters)


__all__ = ["WAIT_MS", "DatabaseTakenError", "Ownership", "is_free"]
