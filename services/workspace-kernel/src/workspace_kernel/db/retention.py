"""What the kernel asks of executions and changes that may go, and how they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, func, select, tuple_, union_all
from sqlmodel import Session, col

from workspace_kernel.db.models import (
    ExecutionRecord,
    LoggedChange,
    Panel,
    Snapshot,
    StoredExecution,
    StoredFiring,
    SuspendedExecution,
)
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Write


@dataclass(frozen=True, slots=True)
class Kept:
    """What tells of a stored execution whether it may go."""

    number: int
    request_id: str
    started_at: float
    ended: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A snapshot, as a place where the log of a panel's changes may begin."""

    rev: int
    at: float
    """When the change was made that led to it."""
    bytes: int
    """Of it, and of the changes that lead to it from the one before."""


_DELETE_EXECUTION: Final = delete(StoredExecution).where(
    col(StoredExecution.number) == bindparam("nth")
)
_DELETE_RECORD: Final = delete(ExecutionRecord).where(
    col(ExecutionRecord.workspace_id) == bindparam("of_workspace"),
    col(ExecutionRecord.panel_id) == bindparam("of_panel"),
    col(ExecutionRecord.request_id) == bindparam("request"),
)


def panels_from(session: Session, last: PanelKey | None, limit: int) -> list[PanelKey]:
    """Return panels of all workspaces in order, those after ``last``."""
    columns = col(Panel.workspace_id), col(Panel.id)
    query = select(*columns).order_by(*columns).limit(limit)
    if last is not None:
        query = query.where(tuple_(*columns) > (last.workspace, last.panel))
    return [PanelKey(*row) for row in session.connection().execute(query)]


def number_beyond(session: Session, key: PanelKey, most: int) -> int | None:
    """Return the newest execution of a panel that there are ``most`` newer ones than."""
    number = col(StoredExecution.number)
    query = (
        select(number)
        .where(_of_panel(key, StoredExecution))
        .order_by(number.desc())
        .offset(most)
        .limit(1)
    )
    return session.connection().execute(query).scalar()


def kept_after(session: Session, key: PanelKey, number: int, limit: int) -> list[Kept]:
    """Return executions of a panel, oldest first, those after one."""
    query = (
        select(
            col(StoredExecution.number),
            col(StoredExecution.request_id),
            col(StoredExecution.started_at),
            col(StoredExecution.result).is_not(None),
        )
        .where(_of_panel(key, StoredExecution), col(StoredExecution.number) > number)
        .order_by(col(StoredExecution.number))
        .limit(limit)
    )
    rows = session.connection().execute(query)
    return [Kept(nth or 0, name, at, bool(ended)) for nth, name, at, ended in rows]


def needed(session: Session, key: PanelKey, names: Sequence[str]) -> list[str]:
    """Return which of some executions are to go on, or to be heard of by a trigger."""
    found = (
        select(col(table.request_id)).where(
            col(table.workspace_id) == key.workspace,
            col(table.panel_id) == key.panel,
            col(table.request_id).in_(names),
        )
        for table in (SuspendedExecution, StoredFiring)
    )
    return list(session.connection().execute(union_all(*found)).scalars())


def forget(key: PanelKey, executions: Sequence[Kept]) -> tuple[Write, ...]:
    """Remove executions, and what would run them again."""
    return (
        *((_DELETE_RECORD, {**key.parameters, "request": each.request_id}) for each in executions),
        *((_DELETE_EXECUTION, {"nth": each.number}) for each in executions),
    )


# ---- the log of changes

_FORGET_SNAPSHOTS: Final = delete(Snapshot).where(
    col(Snapshot.workspace_id) == bindparam("of_workspace"),
    col(Snapshot.panel_id) == bindparam("of_panel"),
    col(Snapshot.rev) < bindparam("first"),
)
_FORGET_CHANGES: Final = delete(LoggedChange).where(
    col(LoggedChange.workspace_id) == bindparam("of_workspace"),
    col(LoggedChange.panel_id) == bindparam("of_panel"),
    col(LoggedChange.rev) <= bindparam("last"),
)


def newest_change(session: Session, key: PanelKey) -> int | None:
    """Return the revision of a panel's newest change."""
    query = select(func.max(col(LoggedChange.rev))).where(_of_panel(key, LoggedChange))
    return session.connection().execute(query).scalar()


def oldest_marks(session: Session, key: PanelKey, limit: int) -> list[Mark]:
    """Return the snapshots of a panel, oldest first."""
    # By way of the change: that of a snapshot lies behind a whole state.
    at = (
        select(col(LoggedChange.at))
        .where(_of_panel(key, LoggedChange), col(LoggedChange.rev) == col(Snapshot.rev))
        .scalar_subquery()
    )
    query = (
        select(col(Snapshot.rev), func.coalesce(at, col(Snapshot.at)), col(Snapshot.bytes))
        .where(_of_panel(key, Snapshot))
        .order_by(col(Snapshot.rev))
        .limit(limit)
    )
    return [Mark(*row) for row in session.connection().execute(query)]


def log_bytes(session: Session, key: PanelKey) -> int:
    """Return what a panel's log takes up to its newest snapshot, in bytes."""
    query = select(func.coalesce(func.sum(col(Snapshot.bytes)), 0)).where(_of_panel(key, Snapshot))
    return int(session.connection().execute(query).scalar_one())


def last_before_log(session: Session, key: PanelKey, moment: float, limit: int) -> int | None:
    """Return the newest of the first changes that lead up to a panel's oldest snapshot.

    Without the newest of all, and those that were made since a moment.
    """
    oldest = select(func.min(col(Snapshot.rev))).where(_of_panel(key, Snapshot)).scalar_subquery()
    newest = select(func.max(col(LoggedChange.rev))).where(_of_panel(key, LoggedChange))
    first = (
        select(col(LoggedChange.rev))
        .where(
            _of_panel(key, LoggedChange),
            col(LoggedChange.rev) <= oldest,
            col(LoggedChange.rev) < newest.scalar_subquery(),
            col(LoggedChange.at) < moment,
        )
        .order_by(col(LoggedChange.rev))
        .limit(limit)
        .subquery()
    )
    return session.connection().execute(select(func.max(first.c.rev))).scalar()


def forget_snapshots(key: PanelKey, first: int) -> Write:
    """Remove the snapshots of a panel before one."""
    return _FORGET_SNAPSHOTS, {**key.parameters, "first": first}


def forget_changes(key: PanelKey, last: int) -> Write:
    """Remove the changes of a panel up to one."""
    return _FORGET_CHANGES, {**key.parameters, "last": last}


def _of_panel(
    key: PanelKey, table: type[StoredExecution | LoggedChange | Snapshot]
) -> ColumnElement[bool]:
    return and_(
        col(table.workspace_id) == key.workspace,
        col(table.panel_id) == key.panel,
    )


__all__ = [
    "Kept",
    "Mark",
    "forget",
    "forget_changes",
    "forget_snapshots",
    "kept_after",
    "last_before_log",
    "log_bytes",
    "needed",
    "newest_change",
    "number_beyond",
    "oldest_marks",
    "panels_from",
]
