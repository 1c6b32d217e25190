"""Stores for ``nexus.kv`` without a kernel: one in memory, one in a file of SQLite.

Both are for one process. What may be stored, and what an operation does, is ``kv``'s business.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, TypeVar, assert_never

from nexus_core.extensions.kv import Decide, Entry, Leave, Put, Remove, Situation, size
from nexus_protocol._model import Json

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class _Kept:
    value: str
    expires_at: float | None


class MemoryStore:
    """Values for as long as the process lives."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        """Begin empty."""
        self._clock = clock
        self._workspaces: dict[str, dict[str, _Kept]] = {}

    async def get(self, workspace: str, key: str) -> str | None:
        """Return a value as JSON text, or None."""
        kept = self._current(workspace).get(key)
        return kept.value if kept else None

    async def entries(self, workspace: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        """Return the first entries with a prefix after a key."""
        current = self._current(workspace)
        keys = sorted(key for key in current if key.startswith(prefix) and key > after)
        return [Entry(key, current[key].value) for key in keys[:limit]]

    async def update(self, workspace: str, key: str, decide: Decide) -> Json:
        """Do what ``decide`` says."""
        current = self._current(workspace)
        found = current.get(key)
        used = sum(size(each, kept.value) for each, kept in current.items())
        situation = Situation(found.value if found else None, len(current), used)
        decision, answer = decide(situation)
        match decision:
            case Put(value, expires_at):
                current[key] = _Kept(value, expires_at)
            case Remove():
                current.pop(key, None)
            case Leave():
                pass
            case _:
                assert_never(decision)
        return answer

    async def close(self) -> None:
        """Forget everything."""
        self._workspaces.clear()

    def _current(self, workspace: str) -> dict[str, _Kept]:
        now = self._clock()
        entries = self._workspaces.setdefault(workspace, {})
        for key in [key for key, kept in entries.items() if (kept.expires_at or now + 1) <= now]:
            del entries[key]
        return entries


_SCHEMA: Final = """
CREATE TABLE IF NOT EXISTS kv (
  workspace TEXT NOT NULL, key TEXT NOT NULL, bytes INTEGER NOT NULL, expires_at REAL,
  value TEXT NOT NULL, PRIMARY KEY (workspace, key)
);
CREATE INDEX IF NOT EXISTS kv_bytes ON kv (workspace, bytes);
CREATE INDEX IF NOT EXISTS kv_expiry ON kv (expires_at) WHERE expires_at IS NOT NULL;
"""
_ENTRIES: Final = """
SELECT key, value FROM kv
WHERE workspace = ? AND key > ? AND substr(key, 1, length(?)) = ? AND key >= ?
AND (expires_at IS NULL OR expires_at > ?) ORDER BY key LIMIT ?
"""
_GET: Final = """
SELECT value FROM kv
WHERE workspace = ? AND key = ? AND (expires_at IS NULL OR expires_at > ?)
"""
_PUT: Final = "REPLACE INTO kv (workspace, key, bytes, expires_at, value) VALUES (?, ?, ?, ?, ?)"


class SqliteStore:
    """Values in a file, which outlive the process and a power cut."""

    def __init__(self, path: Path | str, clock: Callable[[], float] = time.time) -> None:
        """Open a file, or make it."""
        self._path = path
        self._clock = clock
        # One thread, so that one thing happens at a time and the loop waits for no disk.
        self._thread = ThreadPoolExecutor(1, "nexus-kv")
        self._opened: sqlite3.Connection | None = None

    async def get(self, workspace: str, key: str) -> str | None:
        """Return a value as JSON text, or None."""
        return await self._do(partial(self._get, workspace, key))

    async def entries(self, workspace: str, prefix: str, after: str, limit: int) -> Sequence[Entry]:
        """Return the first entries with a prefix after a key."""
        return await self._do(partial(self._entries, workspace, prefix, after, limit))

    async def update(self, workspace: str, key: str, decide: Decide) -> Json:
        """Do what ``decide`` says in one transaction."""
        return await self._do(partial(self._update, workspace, key, decide))

    async def close(self) -> None:
        """Close the file."""
        await self._do(sqlite3.Connection.close)
        self._thread.shutdown()

    async def _do(self, work: Callable[[sqlite3.Connection], _T]) -> _T:
        def run() -> _T:
            if self._opened is None:
                self._opened = self._open()
            return work(self._opened)

        return await asyncio.get_running_loop().run_in_executor(self._thread, run)

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in ("busy_timeout = 10000", "journal_mode = WAL", "synchronous = FULL"):
            connection.execute(f"PRAGMA {pragma}")
        connection.executescript(_SCHEMA)
        return connection

    def _get(self, workspace: str, key: str, connection: sqlite3.Connection) -> str | None:
        row = connection.execute(_GET, (workspace, key, self._clock())).fetchone()
        return row[0] if row else None

    def _entries(
        self, workspace: str, prefix: str, after: str, limit: int, connection: sqlite3.Connection
    ) -> list[Entry]:
        asked = (workspace, after, prefix, prefix, prefix, self._clock(), limit)
        return [Entry(key, value) for key, value in connection.execute(_ENTRIES, asked)]

    def _update(
        self, workspace: str, key: str, decide: Decide, connection: sqlite3.Connection
    ) -> Json:
        connection.execute("BEGIN IMMEDIATE")
        # Rolls back when anything is raised, the refusal of decide included.
        with connection:
            connection.execute("DELETE FROM kv WHERE expires_at <= ?", (self._clock(),))
            decision, answer = decide(self._situation(workspace, key, connection))
            match decision:
                case Put(value, expires_at):
                    row = (workspace, key, size(key, value), expires_at, value)
                    connection.execute(_PUT, row)
                case Remove():
                    place = (workspace, key)
                    connection.execute("DELETE FROM kv WHERE workspace = ? AND key = ?", place)
                case Leave():
                    pass
                case _:
                    assert_never(decision)
        return answer

    def _situation(self, workspace: str, key: str, connection: sqlite3.Connection) -> Situation:
        count = "SELECT count(*), coalesce(sum(bytes), 0) FROM kv WHERE workspace = ?"
        keys, used = connection.execute(count, (workspace,)).fetchone()
        return Situation(self._get(workspace, key, connection), keys, used)


__all__ = ["MemoryStore", "SqliteStore"]
