"""A panel's durable log: appended to while it runs, read when it starts again."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, TypeAlias, cast

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from nexus_core.changes import apply_ops
from nexus_core.ledger import KEPT
from nexus_core.notices import Emitted
from nexus_core.suspension import Announced, Ended, Note
from nexus_protocol import Change, ErrorCode, Json
from nexus_protocol.strict_json import decode
from workspace_kernel.db import repositories
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.services import suspensions
from workspace_kernel.services.executions import Executions
from workspace_kernel.services.suspensions import Allowance

SNAPSHOT_EVERY: Final = 200
"""Changes between two snapshots: the most that are applied when a panel starts."""
SNAPSHOT_BYTES: Final = 1 << 20
"""Bytes of changes after which there is a snapshot, unless the last one took more itself."""
SNAPSHOT_SECONDS: Final = 86_400.0
"""After which the next change comes with a snapshot, so that what is too old can go."""

Firing: TypeAlias = Callable[
    [PanelKey, Change | None, Sequence[Emitted]], AbstractContextManager[Sequence[Write]]
]
"""Yields what stores the runs that a change and events of a panel lead to. They begin when the
block that commits that ends, and never when it raises."""

_UNBOUNDED: Final = 1 << 40


@dataclass(frozen=True, slots=True)
class Tail:
    """What a log has beyond its newest snapshot."""

    since: float
    """When the snapshot was taken."""
    state_bytes: int
    """Of the snapshot."""
    changes: int = 0
    log_bytes: int = 0
    """Of the changes."""
    told: bool = True
    """Whether it leads to the state that the panel has."""

    def with_change(self, size: int) -> "Tail":
        """Return it with one change more."""
        return replace(self, changes=self.changes + 1, log_bytes=self.log_bytes + size)

    def is_long(self, now: float) -> bool:
        """Tell whether it is time for the next snapshot."""
        return (
            not self.told
            or self.changes >= SNAPSHOT_EVERY
            or self.log_bytes >= max(SNAPSHOT_BYTES, self.state_bytes)
            or now - self.since >= SNAPSHOT_SECONDS
        )


@dataclass(frozen=True, slots=True)
class Recovered:
    """Where a panel left off."""

    state: dict[str, Json] | None
    """None for a panel that never changed: it begins with its declared defaults."""
    rev: int
    started: bool = False
    """Whether it ever ran."""
    tail: Tail | None = None
    """None for a panel that never changed."""


def recover(session: Session, key: PanelKey) -> Recovered:
    """Read a panel's state: the newest snapshot, and what was changed since."""
    known = repositories.panel(session, key)
    snapshot = repositories.newest_snapshot(session, key)
    first = known.first_rev if known else 0
    started = known is not None and known.started_at is not None
    if snapshot is None:
        return Recovered(None, first, started)
    state = cast("dict[str, Json]", decode(snapshot.state, max_bytes=_UNBOUNDED))
    rev, tail = snapshot.rev, Tail(snapshot.at, len(snapshot.state.encode()))
    while changes := repositories.sized_changes_after(session, key, rev, limit=SNAPSHOT_EVERY):
        for change, size in changes:
            state, rev = apply_ops(state, change.ops), change.rev
            tail = tail.with_change(size)
    return Recovered(state, rev, started, tail)


def state_at(session: Session, key: PanelKey, rev: int) -> dict[str, Json] | None:
    """Read a panel's state at a revision, None where nothing tells it any more."""
    snapshot = repositories.newest_snapshot(session, key, rev)
    if snapshot is None:
        return None
    changes = repositories.changes_after(session, key, snapshot.rev, limit=rev - snapshot.rev)
    if [change.rev for change in changes] != [*range(snapshot.rev + 1, rev + 1)]:
        return None
    state = cast("dict[str, Json]", decode(snapshot.state, max_bytes=_UNBOUNDED))
    for change in changes:
        state = apply_ops(state, change.ops)
    return state


class PanelJournal:
    """Where one run of a panel writes its changes.

    A change comes with a snapshot when much was changed since the last one, in this run or earlier
    ones, or when the log tells nothing of what the run began with: a source that was edited
    meanwhile fits the state to its declarations before any change.
    """

    def __init__(
        self,
        database: Database,
        key: PanelKey,
        allowance: Allowance,
        executions: Executions,
        firing: Firing,
        tail: Tail | None,
        first: Mapping[str, Json],
    ) -> None:
        """Take the parts, and where the log ends; ``first`` is what begins one that is empty."""
        self._database = database
        self._key = key
        self._allowance = allowance
        self._executions = executions
        self._firing = firing
        self._tail = tail
        self._first = first
        self._closed = False

    @property
    def closed(self) -> bool:
        """Whether nothing is taken any more: a write failed, or the panel was stopped."""
        return self._closed

    def close(self) -> None:
        """Take nothing any more."""
        self._closed = True

    async def append(
        self, change: Change, state: Mapping[str, Json], notes: Sequence[Note] = ()
    ) -> None:
        """Keep a change for good, and with it the notes and the runs that they lead to.

        Raises:
            SuspensionRefusedError: a note would be one too many; nothing was kept.
            KernelError: UNAVAILABLE, it could not be kept. Nothing is taken after that: the panel
                has to start again from the log.

        """
        key, tail = self._key, self._tail
        writes = [appended := repositories.append_change(key, change)]
        if tail is None:
            # Else nothing would tell, after a restart, what the first change began with.
            begun = repositories.take_snapshot(key, change.base_rev, self._first, change.at)
            writes.append(begun)
            tail = Tail(change.at, repositories.size_of(begun))
        tail = tail.with_change(repositories.size_of(appended))
        if tail.is_long(change.at):
            taken = repositories.take_snapshot(key, change.rev, state, change.at, tail.log_bytes)
            writes.append(taken)
            tail = Tail(change.at, repositories.size_of(taken))
        await self._keep(writes, notes, change)
        self._tail = tail

    async def note(self, *notes: Note) -> None:
        """Keep notes for good, and the runs that they lead to. Raises as ``append`` does."""
        await self._keep([], notes)

    async def _keep(
        self, writes: list[Write], notes: Sequence[Note], change: Change | None = None
    ) -> None:
        events: list[Emitted] = []
        for note in notes:
            match note:
                case Ended():
                    writes += await self._ended(note)
                case Announced():
                    events += note.events
                case _:
                    writes += await suspensions.writes(self._key, note, self._allowance)
        with self._firing(self._key, change, events) as firings:
            await self._write((*writes, *firings))

    async def _ended(self, note: Ended) -> Sequence[Write]:
        writes = await self._executions.writes(note)
        if not note.waited:
            return writes
        return (*suspensions.forget(self._key, note.execution.id, self._allowance), *writes)

    async def changes_after(self, rev: int) -> Sequence[Change] | None:
        """Return the changes since a revision, or None when they are too many or forgotten."""
        found = await self._database.read(
            partial(repositories.changes_after, key=self._key, rev=rev, limit=KEPT + 1)
        )
        forgotten = bool(found) and found[0].base_rev != rev
        return None if forgotten or len(found) > KEPT else found

    async def latest(self, count: int) -> Sequence[Change]:
        """Return the newest changes, oldest first."""
        found = await self._database.read(
            partial(repositories.changes_before, key=self._key, rev=None, limit=count)
        )
        return found[::-1]

    async def state_at(self, rev: int) -> Mapping[str, Json] | None:
        """Return the state at a revision, None where nothing tells it any more."""
        return await self._database.read(partial(state_at, key=self._key, rev=rev))

    async def _write(self, writes: Sequence[Write]) -> None:
        if self._closed:
            raise KernelError(ErrorCode.UNAVAILABLE, "The panel was stopped; ask again.")
        if not writes:
            return
        try:
            await self._database.write(*writes)
        except SQLAlchemyError as error:
            self._closed = True
            raise KernelError(
                ErrorCode.UNAVAILABLE, "The change could not be stored; nothing was changed."
            ) from error


__all__ = [
    "SNAPSHOT_BYTES",
    "SNAPSHOT_EVERY",
    "Firing",
    "PanelJournal",
    "Recovered",
    "Tail",
    "recover",
    "state_at",
]
