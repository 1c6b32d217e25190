"""What the kernel asks about executions, and writes: those that ran, that wait, and their records.

Which questions there are about a panel and its state is the business of ``repositories``.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from sqlalchemy import and_, bindparam, delete, func, insert, literal, or_, union_all, update
from sqlmodel import Session, col, select

from workspace_kernel.db.models import (
    ExecutionRecord as StoredRecord,
)
from workspace_kernel.db.models import (
    LoggedChange,
    StoredExecution,
    SuspendedCall,
    SuspendedExecution,
)
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Write
from workspace_kernel.resources import ExecutionRecord


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
    asked = {**key.parameters, "request": request_id}
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
    return _FINISH_EXECUTION, {**key.parameters, "request": request_id, "outcome": result.to_json()}


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
    before = {**key.parameters, "request": request_id, "number": call}
    return ((_FORGET_CALL, before), (_INSERT_CALL, row))


def forget_execution(key: PanelKey, request_id: str) -> tuple[Write, ...]:
    """Remove what is stored of an execution that waited."""
    asked = {**key.parameters, "request": request_id}
    return tuple((statement, asked) for statement in _FORGET)


__all__ = [
    "KeptExecution",
    "KnownRequest",
    "add_execution",
    "execution",
    "executions",
    "finish_execution",
    "forget_execution",
    "forget_records",
    "keep_call",
    "keep_execution",
    "keep_record",
    "kept_executions",
    "kept_sizes",
    "known_request",
    "known_requests",
    "last_surplus_record",
    "record_of",
    "recorded_workspaces",
    "waiting_panels",
]
