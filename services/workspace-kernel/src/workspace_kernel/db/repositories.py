"""What the kernel asks of its tables and writes into them, one function for each.

A question takes a session and returns plain rows or values. A write is data (``session.Write``):
it is made here and committed by the database, together with others.
"""

import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from pydantic import TypeAdapter
from sqlalchemy import and_, bindparam, delete, func, insert, literal, or_, union_all, update
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
from workspace_kernel.resources import ExecutionRecord

_OPS: Final = TypeAdapter(tuple[PatchOp, ...])


@dataclass(frozen=True, slots=True)
class PanelKey:
    """Which panel, of which workspace."""

    workspace: str
    panel: str

    def __str__(self) -> str:
        return f"{self.workspace}/{self.panel}"


@dataclass(frozen=True, slots=True)
class KnownRequest:
    """What is left of a request that came before."""

    call: str | None
    """JSON: tool and arguments, when it was an execution."""
    result: str | None
    """JSON: the execution, when it came to its end."""
    rev: int | None
    """The last revision that it made."""


@dataclass(frozen=True, slots=True)
class KeptExecution:
    """An execution that waits, as it is stored."""

    request_id: str
    call: str
    """JSON: tool and arguments."""
    image: bytes
    calls: Mapping[int, str | None]
    """By number, the calls made since: JSON of the answer, or None while they are under way."""


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
    return _UPDATE_PANEL, {**values, **_of(PanelKey(row.workspace_id, row.id))}


def mark_started(key: PanelKey, at: float) -> Write:
    """Store when a panel first ran, unless that is known."""
    return _MARK_STARTED, {**_of(key), "at": at}


def mark_stopped(key: PanelKey, at: float | None) -> Write:
    """Store that somebody stopped a panel, or, without a time, that it may run."""
    return _MARK_STOPPED, {**_of(key), "at": at}


def delete_panel(row: Panel, last_rev: int) -> tuple[Write, ...]:
    """Forget all of a panel but its name, and that its revisions went to ``last_rev``."""
    key = PanelKey(row.workspace_id, row.id)
    gone = row.changed(deleted_at=time.time(), first_rev=last_rev + 1)
    return (*clear_panel(key), change_panel(gone))


def clear_panel(key: PanelKey) -> tuple[Write, ...]:
    """Forget all that happened to a panel."""
    return tuple((statement, _of(key)) for statement in _DELETIONS)


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
    return _DELETE_SAVE, _of(key)


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


def take_snapshot(key: PanelKey, rev: int, state: dict[str, Json], at: float) -> Write:
    """Keep the whole state."""
    return _INSERT_SNAPSHOT, {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "rev": rev,
        "state": encode(state),
        "at": at,
    }


# ---- executions


def executions(
    session: Session, key: PanelKey, before: int | None, limit: int
) -> list[StoredExecution]:
    """Return the executions of a panel, newest first."""
    query = select(StoredExecution).where(
        StoredExecution.workspace_id == key.workspace, StoredExecution.panel_id == key.panel
    )
    if before is not None:
        query = query.where(col(StoredExecution.number) < before)
    return list(session.exec(query.order_by(col(StoredExecution.number).desc()).limit(limit)))


_LAST_REV_OF_REQUEST: Final = (
    select(func.max(LoggedChange.rev))
    .where(
        col(LoggedChange.workspace_id) == bindparam("of_workspace"),
        col(LoggedChange.panel_id) == bindparam("of_panel"),
        col(LoggedChange.cause_id) == bindparam("request"),
    )
    .scalar_subquery()
)
_KNOWN_REQUEST: Final = (
    select(col(StoredExecution.call), col(StoredExecution.result), _LAST_REV_OF_REQUEST)
    .select_from(select(literal(1).label("one")).subquery())
    .join(
        StoredExecution,
        and_(
            col(StoredExecution.workspace_id) == bindparam("of_workspace"),
            col(StoredExecution.panel_id) == bindparam("of_panel"),
            col(StoredExecution.request_id) == bindparam("request"),
        ),
        isouter=True,
    )
)
"""One row in any case: this is asked before every execution."""


def known_request(session: Session, key: PanelKey, request_id: str) -> KnownRequest | None:
    """Return what a request left behind, if it came before."""
    asked = {**_of(key), "request": request_id}
    # An outer join: each of the three may be null, whatever the columns' types say.
    row: tuple[object, ...] = tuple(session.connection().execute(_KNOWN_REQUEST, asked).one())
    call, result, rev = cast("tuple[str | None, str | None, int | None]", row)
    return None if call is None and rev is None else KnownRequest(call, result, rev)


def known_requests(session: Session, key: PanelKey, limit: int) -> list[str]:
    """Return the ids of requests that left something behind, some twice."""
    of_executions, of_changes = (
        select(name).where(
            col(table.workspace_id) == key.workspace, col(table.panel_id) == key.panel
        )
        for table, name in (
            (StoredExecution, col(StoredExecution.request_id)),
            (LoggedChange, col(LoggedChange.cause_id)),
        )
    )
    query = union_all(of_executions, of_changes.where(col(LoggedChange.cause_id).is_not(None)))
    found = session.connection().execute(query.limit(limit)).scalars()
    return [name for name in found if name is not None]


_INSERT_EXECUTION: Final = insert(StoredExecution)
_FINISH_EXECUTION: Final = (
    update(StoredExecution)
    .where(
        col(StoredExecution.workspace_id) == bindparam("of_workspace"),
        col(StoredExecution.panel_id) == bindparam("of_panel"),
        col(StoredExecution.request_id) == bindparam("request"),
    )
    .values(result=bindparam("outcome"))
)


def add_execution(
    key: PanelKey, request_id: str, call: str, started_at: float, result: ExecutionRecord | None
) -> Write:
    """Store an execution; without a result it is one that has begun."""
    return _INSERT_EXECUTION, {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "request_id": request_id,
        "call": call,
        "started_at": started_at,
        "result": result.to_json() if result else None,
    }


def finish_execution(key: PanelKey, request_id: str, result: ExecutionRecord) -> Write:
    """Store the result of an execution that had begun."""
    return _FINISH_EXECUTION, {**_of(key), "request": request_id, "outcome": result.to_json()}


# ---- records of executions

_INSERT_RECORD: Final = insert(StoredRecord)
_FORGET_RECORDS: Final = delete(StoredRecord).where(
    col(StoredRecord.workspace_id) == bindparam("of_workspace"),
    col(StoredRecord.number) <= bindparam("last"),
)


def execution(session: Session, key: PanelKey, request_id: str) -> StoredExecution | None:
    """Return one execution of a panel."""
    return session.exec(
        select(StoredExecution).where(
            StoredExecution.workspace_id == key.workspace,
            StoredExecution.panel_id == key.panel,
            StoredExecution.request_id == request_id,
        )
    ).first()


def keep_record(key: PanelKey, request_id: str, at: float, content: bytes) -> Write:
    """Store what runs an execution again."""
    return _INSERT_RECORD, {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "request_id": request_id,
        "at": at,
        "size": len(content),
        "content": content,
    }


def record_of(session: Session, key: PanelKey, request_id: str) -> bytes | None:
    """Return what runs an execution again, packed."""
    return session.exec(
        select(StoredRecord.content).where(
            StoredRecord.workspace_id == key.workspace,
            StoredRecord.panel_id == key.panel,
            StoredRecord.request_id == request_id,
        )
    ).first()


def recorded_workspaces(session: Session) -> list[str]:
    """Return the workspaces that have records."""
    return list(session.exec(select(StoredRecord.workspace_id).distinct()))


def last_surplus_record(
    session: Session, workspace: str, most: int, most_bytes: int, oldest: float
) -> int | None:
    """Return the newest record of a workspace that goes, with all before it, to keep the bounds."""
    newest_first = col(StoredRecord.number).desc()
    ranked = (
        select(
            col(StoredRecord.number),
            col(StoredRecord.at),
            func.row_number().over(order_by=newest_first).label("nth"),
            func.sum(col(StoredRecord.size)).over(order_by=newest_first).label("total"),
        )
        .where(StoredRecord.workspace_id == workspace)
        .subquery()
    )
    surplus = or_(ranked.c.nth > most, ranked.c.total > most_bytes, ranked.c.at < oldest)
    return session.exec(select(func.max(ranked.c.number)).where(surplus)).one()


def forget_records(workspace: str, last: int) -> Write:
    """Remove the records of a workspace up to one."""
    return _FORGET_RECORDS, {"of_workspace": workspace, "last": last}


# ---- executions that wait


def waiting_panels(session: Session) -> list[PanelKey]:
    """Return the panels that have executions which wait."""
    rows = session.exec(
        select(SuspendedExecution.workspace_id, SuspendedExecution.panel_id)
        .distinct()
        .order_by(SuspendedExecution.workspace_id, SuspendedExecution.panel_id)
    )
    return [PanelKey(workspace, panel) for workspace, panel in rows]


def kept_sizes(session: Session) -> list[tuple[PanelKey, str, int]]:
    """Return panel, request and bytes of all executions that wait."""
    rows = session.exec(
        select(
            SuspendedExecution.workspace_id,
            SuspendedExecution.panel_id,
            SuspendedExecution.request_id,
            SuspendedExecution.size,
        )
    )
    return [(PanelKey(workspace, panel), name, size) for workspace, panel, name, size in rows]


def kept_executions(session: Session, key: PanelKey) -> list[KeptExecution]:
    """Return the executions of a panel that wait, oldest first."""
    calls: defaultdict[str, dict[int, str | None]] = defaultdict(dict)
    for each in session.exec(
        select(SuspendedCall).where(
            SuspendedCall.workspace_id == key.workspace, SuspendedCall.panel_id == key.panel
        )
    ):
        calls[each.request_id][each.call] = each.reply
    rows = session.exec(
        select(StoredExecution.request_id, StoredExecution.call, SuspendedExecution.image)
        .join(
            SuspendedExecution,
            and_(
                col(SuspendedExecution.workspace_id) == col(StoredExecution.workspace_id),
                col(SuspendedExecution.panel_id) == col(StoredExecution.panel_id),
                col(SuspendedExecution.request_id) == col(StoredExecution.request_id),
            ),
        )
        .where(StoredExecution.workspace_id == key.workspace, StoredExecution.panel_id == key.panel)
        .order_by(col(StoredExecution.number))
    )
    return [KeptExecution(name, call, image, calls[name]) for name, call, image in rows]


_FORGET: Final = tuple(
    delete(table).where(
        col(table.workspace_id) == bindparam("of_workspace"),
        col(table.panel_id) == bindparam("of_panel"),
        col(table.request_id) == bindparam("request"),
    )
    for table in (SuspendedCall, SuspendedExecution)
)
_FORGET_CALL: Final = delete(SuspendedCall).where(
    col(SuspendedCall.workspace_id) == bindparam("of_workspace"),
    col(SuspendedCall.panel_id) == bindparam("of_panel"),
    col(SuspendedCall.request_id) == bindparam("request"),
    col(SuspendedCall.call) == bindparam("number"),
)
_INSERT_SUSPENDED: Final = insert(SuspendedExecution)
_INSERT_CALL: Final = insert(SuspendedCall)


def keep_execution(key: PanelKey, request_id: str, image: bytes) -> tuple[Write, ...]:
    """Store an execution that waits, in the place of an earlier suspension of it."""
    row = {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "request_id": request_id,
        "size": len(image),
        "image": image,
    }
    return (*forget_execution(key, request_id), (_INSERT_SUSPENDED, row))


def keep_call(key: PanelKey, request_id: str, call: int, reply: str | None) -> tuple[Write, ...]:
    """Store that a call is made, or what it was answered."""
    row = {
        "workspace_id": key.workspace,
        "panel_id": key.panel,
        "request_id": request_id,
        "call": call,
        "reply": reply,
    }
    before = {**_of(key), "request": request_id, "number": call}
    return ((_FORGET_CALL, before), (_INSERT_CALL, row))


def forget_execution(key: PanelKey, request_id: str) -> tuple[Write, ...]:
    """Remove what is stored of an execution that waited."""
    asked = {**_of(key), "request": request_id}
    return tuple((statement, asked) for statement in _FORGET)


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


def _of(key: PanelKey) -> dict[str, str]:
    return {"of_workspace": key.workspace, "of_panel": key.panel}


__all__ = [
    "KeptExecution",
    "KnownRequest",
    "PanelKey",
    "add_execution",
    "add_panel",
    "add_workspace",
    "append_change",
    "change_panel",
    "changes_after",
    "changes_before",
    "clear_panel",
    "delete_panel",
    "execution",
    "executions",
    "finish_execution",
    "forget_execution",
    "forget_records",
    "forget_save",
    "keep_call",
    "keep_execution",
    "keep_record",
    "keep_save",
    "kept_executions",
    "kept_sizes",
    "known_request",
    "known_requests",
    "last_rev",
    "last_surplus_record",
    "mark_started",
    "mark_stopped",
    "newest_snapshot",
    "oldest_rev",
    "panel",
    "panels",
    "pending_saves",
    "record_of",
    "recorded_workspaces",
    "take_snapshot",
    "usage",
    "waiting_panels",
    "workspaces",
]
