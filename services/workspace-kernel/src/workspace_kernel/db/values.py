"""The store of ``nexus.kv`` in the kernel's database.

What may be stored, and what an operation does to a key, is ``nexus_core.extensions.kv``'s business.
"""

import time
from collections.abc import Callable, Sequence
from typing import Final, assert_never

from sqlalchemy import Connection, bindparam, delete, func, insert, or_, select
from sqlmodel import Session, col

from nexus_core.extensions.kv import Decide, Entry, Leave, Put, Remove, Situation, size
from nexus_protocol import Json
from workspace_kernel.db.models import KeptValue
from workspace_kernel.db.session import Database

_LIVE: Final = or_(
    col(KeptValue.expires_at).is_(None), col(KeptValue.expires_at) > bindparam("now")
)
_IN_WORKSPACE: Final = col(KeptValue.workspace_id) == bindparam("of_workspace")
_GET: Final = select(col(KeptValue.value)).where(
    _IN_WORKSPACE, col(KeptValue.key) == bindparam("of_key"), _LIVE
)
_ENTRIES: Final = (
    select(col(KeptValue.key), col(KeptValue.value))
    .where(
        _IN_WORKSPACE,
        col(KeptValue.key) > bindparam("after"),
        col(KeptValue.key) >= bindparam("prefix"),
        func.substr(col(KeptValue.key), 1, bindparam("length")) == bindparam("prefix"),
        _LIVE,
    )
    .order_by(col(KeptValue.key))
    .limit(bindparam("most"))
)
_USED: Final = select(func.count(), func.coalesce(func.sum(col(KeptValue.bytes)), 0)).where(
    _IN_WORKSPACE
)
_EXPIRE: Final = delete(KeptValue).where(col(KeptValue.expires_at) <= bindparam("now"))
_REMOVE: Final = delete(KeptValue).where(_IN_WORKSPACE, col(KeptValue.key) == bindparam("of_key"))
_PUT: Final = insert(KeptValue)


class DatabaseStore:
    """The values of all workspaces; a ``KeyValueStore`` that lives as long as the database."""

    def __init__(self, database: Database, clock: Callable[[], float] = time.time) -> None:
        self._database = database
        self._clock = clock

    async def get(self, workspace: str, key: str) -> str | None:
        """Return a value as JSON text, or None."""
        return await self._database.read(
            lambda session: self._get(session.connection(), workspace, key)
        )

    async def entries(self, workspace: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        """Return the first entries with a prefix after a key."""
        asked = {
            "of_workspace": workspace,
            "after": after,
            "prefix": prefix,
            "length": len(prefix),
            "now": self._clock(),
            "most": limit,
        }

        def query(session: Session) -> list[Entry]:
            rows = session.connection().execute(_ENTRIES, asked)
            return [Entry(key, value) for key, value in rows]

        return await self._database.read(query)

    async def update(self, workspace: str, key: str, decide: Decide) -> Json:
        """Do what ``decide`` says in one transaction."""

        def work(connection: Connection) -> Json:
            connection.execute(_EXPIRE, {"now": self._clock()})
            decision, answer = decide(self._situation(connection, workspace, key))
            place = {"of_workspace": workspace, "of_key": key}
            match decision:
                case Put(value, expires_at):
                    connection.execute(_REMOVE, place)
                    connection.execute(_PUT, _row(workspace, key, value, expires_at))
                case Remove():
                    connection.execute(_REMOVE, place)
                case Leave():
                    pass
                case _:
                    assert_never(decision)
            return answer

        return await self._database.transact(work)

    async def close(self) -> None:
        """Do nothing: the database is the kernel's to close."""

    def _get(self, connection: Connection, workspace: str, key: str) -> str | None:
        asked = {"of_workspace": workspace, "of_key": key, "now": self._clock()}
        return connection.execute(_GET, asked).scalar()

    def _situation(self, connection: Connection, workspace: str, key: str) -> Situation:
        keys, used = connection.execute(_USED, {"of_workspace": workspace}).one()
        return Situation(self._get(connection, workspace, key), int(keys), int(used))


def _row(workspace: str, key: str, value: str, expires_at: float | None) -> dict[str, object]:
    return {
        "workspace_id": workspace,
        "key": key,
        "bytes": size(key, value),
        "expires_at": expires_at,
        "value": value,
    }


__all__ = ["DatabaseStore"]
