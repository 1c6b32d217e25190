"""What the kernel asks of executions that may go, and how they do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, and_, bindparam, delete, select, tuple_, union_all
from sqlmodel import Session, col

from workspace_kernel.db.models import (
    ExecutionRecord,
    Panel,
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
    query = select(number).where(_of_panel(key)).order_by(number.desc()).offset(most).limit(1)
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
        .where(_of_panel(key), col(StoredExecution.number) > number)
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
    of_panel = {"of_workspace": key.workspace, "of_panel": key.panel}
    return (
        *((_DELETE_RECORD, {**of_panel, "request": each.request_id}) for each in executions),
        *((_DELETE_EXECUTION, {"nth": each.number}) for each in executions),
    )


def _of_panel(key: PanelKey) -> ColumnElement[bool]:
    return and_(
        col(StoredExecution.workspace_id) == key.workspace,
        col(StoredExecution.panel_id) == key.panel,
    )


__all__ = ["Kept", "forget", "kept_after", "needed", "number_beyond", "panels_from"]
