"""What the kernel asks of its tables and writes into them, one function for each.

A question takes a session and returns plain rows or values. A write is data (``session.Write``):
it is made here and committed by the database, together with others.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter
from sqlalchemy import bindparam, delete, func, insert, update
from sqlmodel import Session, col, select

from nexus_protocol import Change, Json, PatchOp
from nexus_protocol.patches import Cause
from nexus_protocol.strict_json import encode
from workspace_kernel.db.models import (
    ExecutionRecord as StoredRecord,
)
from workspace_kernel.db.models import (
    KeptValue,
    LoggedChange,
    Panel,
    PendingSave,
    Snapshot,
    StoredExecution,
    StoredFiring,
    StoredTrigger,
    SuspendedCall,
    SuspendedExecution,
    Workspace,
)
from workspace_kernel.db.session import Write

_OPS: Final = TypeAdapter(tuple[PatchOp, ...])


@dataclass(frozen=True, slots=True)
class PanelKey:
    """Which panel, of which workspace."""

    workspace: str
    panel: str

    def __str__(self) -> str:
        return f"{self.workspace}/{self.panel}"

    @property
    def parameters(self) -> dict[str, str]:
        """Its names, as the parameters of statements are called."""
        return {"of_workspace": self.workspace, "of_panel": self.panel}


# ---- workspaces and panels


def workspaces(session: Session) -> list[Workspace]:
    """Return all workspaces by name."""
    return list(session.exec(select(Workspace).order_by(Workspace.id)))


def panels(session: Session, workspace: str, after: str = "", limit: int = -1) -> list[Panel]:
    """Return the panels of a workspace by name, those after ``after``; a negative limit is none."""
    query = (
        select(Panel)
        .where(Panel.workspace_id == workspace, Panel.id > after, col(Panel.deleted_at).is_(None))
        .order_by(Panel.id)
    )
    return list(session.exec(query.limit(limit) if limit >= 0 else query))


@dataclass(frozen=True, slots=True)
class Usage:
    """What a workspace holds: rows, and the bytes of those that have a size."""

    panels: int
    executions: int
    values: int
    records: int
    waiting: int


_COUNT_PANELS: Final = select(func.count()).where(
    col(Panel.workspace_id) == bindparam("of_workspace"), col(Panel.deleted_at).is_(None)
)
_COUNT_EXECUTIONS: Final = select(func.count()).where(
    col(StoredExecution.workspace_id) == bindparam("of_workspace")
)
_SIZES: Final = tuple(
    select(func.coalesce(func.sum(size), 0)).where(workspace == bindparam("of_workspace"))
    for size, workspace in (
        (col(KeptValue.bytes), col(KeptValue.workspace_id)),
        (col(StoredRecord.size), col(StoredRecord.workspace_id)),
        (col(SuspendedExecution.size), col(SuspendedExecution.workspace_id)),
    )
)


def usage(session: Session, workspace: str) -> Usage:
    """Return what a workspace holds."""
    asked = {"of_workspace": workspace}
    connection = session.connection()
    counts = (
        int(connection.execute(each, asked).scalar_one())
        for each in (_COUNT_PANELS, _COUNT_EXECUTIONS, *_SIZES)
    )
    return Usage(*counts)


def panel(session: Session, key: PanelKey) -> Panel | None:
    """Return what is known of a panel, also of a deleted one."""
    return session.get(Panel, (key.workspace, key.panel))


_INSERT_WORKSPACE: Final = insert(Workspace)
_INSERT_PANEL: Final = insert(Panel)
_UPDATE_PANEL: Final = (
    update(Panel)
    .where(
        col(Panel.workspace_id) == bindparam("of_workspace"), col(Panel.id) == bindparam("of_panel")
    )
    .values(
        title=bindparam("title"),
        description=bindparam("description"),
        icon=bindparam("icon"),
        source_hash=bindparam("source_hash"),
        created_at=bindparam("created_at"),
        updated_at=bindparam("updated_at"),
        first_rev=bindparam("first_rev"),
        deleted_at=bindparam("deleted_at"),
        blob=bindparam("blob"),
        problem=bindparam("problem"),
    )
)
_MARK_STARTED: Final = (
    update(Panel)
    .where(
        col(Panel.workspace_id) == bindparam("of_workspace"),
        col(Panel.id) == bindparam("of_panel"),
        col(Panel.started_at).is_(None),
    )
    .values(started_at=bindparam("at"))
)
_MARK_STOPPED: Final = (
    update(Panel)
    .where(
        col(Panel.workspace_id) == bindparam("of_workspace"), col(Panel.id) == bindparam("of_panel")
    )
    .values(stopped_at=bindparam("at"))
)
_DELETIONS: Final = tuple(
    delete(table).where(
        col(table.workspace_id) == bindparam("of_workspace"),
        col(table.panel_id) == bindparam("of_panel"),
    )
    for table in (
        StoredFiring,
        StoredTrigger,
        StoredRecord,
        SuspendedCall,
        SuspendedExecution,
        StoredExecution,
        Snapshot,
        LoggedChange,
        PendingSave,
    )
)


def add_workspace(workspace: Workspace) -> Write:
    """Make a workspace."""
    return _INSERT_WORKSPACE, workspace.model_dump()


def add_panel(row: Panel) -> Write:
    """Make a panel."""
    return _INSERT_PANEL, row.model_dump()


def change_panel(row: Panel) -> Write:
    """Store what is known of a panel anew."""
    values = row.model_dump(exclude={"workspace_id", "id", "started_at", "stopped_at"})
    return _UPDATE_PANEL, {**values, **PanelKey(row.workspace_id, row.id).parameters}


def mark_started(key: PanelKey, at: float) -> Write:
    """Store when a panel first ran, unless that is known."""
    return _MARK_STARTED, {**key.parameters, "at": at}


def mark_stopped(key: PanelKey, at: float | None) -> Write:
    """Store that somebody stopped a panel, or, without a time, that it may run."""
    return _MARK_STOPPED, {**key.parameters, "at": at}


def delete_panel(row: Panel, last_rev: int) -> tuple[Write, ...]:
    """Forget all of a panel but its name, and that its revisions went to ``last_rev``."""
    key = PanelKey(row.workspace_id, row.id)
    gone = row.changed(deleted_at=time.time(), first_rev=last_rev + 1)
    return (*clear_panel(key), change_panel(gone))


def clear_panel(key: PanelKey) -> tuple[Write, ...]:
    """Forget all that happened to a panel."""
    return tuple((statement, key.parameters) for statement in _DELETIONS)


# ---- sources on their way into git


def pending_saves(session: Session, workspace: str) -> list[PendingSave]:
    """Return what was saved in a workspace and is not committed yet."""
    query = select(PendingSave).where(PendingSave.workspace_id == workspace)
    return list(session.exec(query.order_by(PendingSave.panel_id)))


_INSERT_SAVE: Final = insert(PendingSave)
_DELETE_SAVE: Final = delete(PendingSave).where(
    col(PendingSave.workspace_id) == bindparam("of_workspace"),
    col(PendingSave.panel_id) == bindparam("of_panel"),
)


def keep_save(save: PendingSave) -> tuple[Write, ...]:
    """Store a source that is to be committed, in the place of an earlier one."""
    key = PanelKey(save.workspace_id, save.panel_id)
    return forget_save(key), (_INSERT_SAVE, save.model_dump())


def forget_save(key: PanelKey) -> Write:
    """Remove a source that was committed."""
    return _DELETE_SAVE, key.parameters


# ---- the state over time


def newest_snapshot(session: Session, key: PanelKey, rev: int | None = None) -> Snapshot | None:
    """Return the newest snapshot of a panel's state, of those up to a revision if one is given."""
    query = select(Snapshot).where(
        Snapshot.workspace_id == key.workspace, Snapshot.panel_id == key.panel
    )
    if rev is not None:
        query = query.where(Snapshot.rev <= rev)
    return session.exec(query.order_by(col(Snapshot.rev).desc()).limit(1)).first()


def oldest_rev(session: Session, key: PanelKey) -> int | None:
    """Return the oldest revision whose state is kept; None for a panel that never changed."""
    query = select(func.min(Snapshot.rev)).where(
        Snapshot.workspace_id == key.workspace, Snapshot.panel_id == key.panel
    )
    return session.exec(query).one()


def changes_after(session: Session, key: PanelKey, rev: int, limit: int) -> list[Change]:
    """Return the changes that follow a revision, oldest first."""
    query = _changes(key).where(LoggedChange.rev > rev).order_by(col(LoggedChange.rev))
    return [_change(row) for row in session.exec(query.limit(limit))]


def sized_changes_after(
    session: Session, key: PanelKey, rev: int, limit: int
) -> list[tuple[Change, int]]:
    """Return the changes that follow a revision, oldest first, each with its bytes."""
    query = _changes(key).where(LoggedChange.rev > rev).order_by(col(LoggedChange.rev))
    return [(_change(row), _bytes(row.ops, row.cause)) for row in session.exec(query.limit(limit))]


def changes_before(session: Session, key: PanelKey, rev: int | None, limit: int) -> list[Change]:
    """Return the changes that lead up to a revision, newest first; None begins at the newest."""
    query = _changes(key) if rev is None else _changes(key).where(LoggedChange.rev < rev)
    rows = session.exec(query.order_by(col(LoggedChange.rev).desc()).limit(limit))
    return [_change(row) for row in rows]


def last_rev(session: Session, key: PanelKey) -> int:
    """Return the newest revision that a panel ever had; 0 for one that never was."""
    of_panel = panel(session, key)
    newest = session.exec(
        select(func.max(LoggedChange.rev)).where(
            LoggedChange.workspace_id == key.workspace, LoggedChange.panel_id == key.panel
        )
    ).one()
    return max(newest or 0, of_panel.first_rev if of_panel else 0)


_INSERT_CHANGE: Final = insert(LoggedChange)
_INSERT_SNAPSHOT: Final = insert(Snapshot)


def append_change(key: PanelKey, change: Change) -> Write:
    """Append a change to the log."""
    return _INSERT_CHANGE, {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "rev": change.rev,
        "ops": _OPS.dump_json(change.ops).decode(),
        "cause": change.cause.to_json(),
        "cause_id": change.cause.id,
        "at": change.at,
    }


def take_snapshot(
    key: PanelKey, rev: int, state: Mapping[str, Json], at: float, log_bytes: int = 0
) -> Write:
    """Keep the whole state; ``log_bytes`` are those of the changes since the snapshot before."""
    text = encode(dict(state))
    return _INSERT_SNAPSHOT, {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "rev": rev,
        "state": text,
        "at": at,
        "bytes": _bytes(text) + log_bytes,
    }


def size_of(write: Write) -> int:
    """Return how many bytes of a panel's log a write stores: a change, or a snapshot's state."""
    _, row = write
    return _bytes(*(row[name] for name in ("ops", "cause", "state") if name in row))


def _bytes(*texts: str) -> int:
    return sum(len(text.encode()) for text in texts)


def _changes(key: PanelKey):  # noqa: ANN202 - SQLModel's type of a query has no public name.
    return select(LoggedChange).where(
        LoggedChange.workspace_id == key.workspace, LoggedChange.panel_id == key.panel
    )


def _change(row: LoggedChange) -> Change:
    return Change(
        rev=row.rev,
        base_rev=row.rev - 1,
        ops=_OPS.validate_json(row.ops),
        cause=Cause.model_validate_json(row.cause),
        at=row.at,
    )


__all__ = [
    "PanelKey",
    "add_panel",
    "add_workspace",
    "append_change",
    "change_panel",
    "changes_after",
    "changes_before",
    "clear_panel",
    "delete_panel",
    "forget_save",
    "keep_save",
    "last_rev",
    "mark_started",
    "mark_stopped",
    "newest_snapshot",
    "oldest_rev",
    "panel",
    "panels",
    "pending_saves",
    "size_of",
    "sized_changes_after",
    "take_snapshot",
    "usage",
    "workspaces",
]
