"""The database by itself: sound pages, rows that refer to what is there, logs without gaps.

Reading goes through a connection that cannot write; what mends opens one of its own.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias, cast

from sqlalchemy import (
    ColumnElement,
    Connection,
    Engine,
    ForeignKeyConstraint,
    Table,
    and_,
    delete,
    exists,
    func,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from nexus_core.changes import PatchConflictError, apply_ops
from nexus_protocol import Json
from nexus_protocol.strict_json import JsonError, decode
from workspace_kernel.db import repositories
from workspace_kernel.db.models import LoggedChange, Snapshot, SuspendedCall, SuspendedExecution
from workspace_kernel.db.models import Table as Model
from workspace_kernel.db.ownership import Ownership
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.schema import HEAD, current
from workspace_kernel.db.session import can_lose_a_commit, make_engine
from workspace_kernel.doctor.report import Symptom, error, note, warning

Place: TypeAlias = tuple[int, dict[str, Json]]
"""A revision and the state at it."""

_UNBOUNDED: Final = 1 << 40
_STEP: Final = 200
"""Changes that are read at once."""


@dataclass(frozen=True, slots=True)
class Patient:
    """A database: one connection to look at it, and a URL to mend it by."""

    url: str
    engine: Engine

    def change(self, statement: object) -> None:
        """Execute a statement that mends."""
        engine = make_engine(self.url, read_only=False)
        if engine.dialect.name != "sqlite":
            Ownership(engine)  # So that nothing is written while a kernel uses the database.
        try:
            with engine.begin() as connection:
                connection.execute(statement)  # pyright: ignore[reportCallIssue, reportArgumentType]
        finally:
            engine.dispose()


def look(patient: Patient) -> Iterator[Symptom]:
    """Look at the tables."""
    yield from _version(patient)
    with patient.engine.connect() as connection:
        damaged = list(_pages(connection))
        yield from damaged
        if damaged:
            return  # What the rows say is not to be believed then.
        yield from _references(patient, connection)
        yield from _stray_calls(patient, connection)
    with Session(patient.engine) as session:
        yield from _logs(patient, session)


def is_current(patient: Patient) -> Iterator[Symptom]:
    """Tell of a schema that is not the one of this kernel."""
    found = current(patient.engine)
    if found == HEAD:
        return
    if found is None or found < HEAD:
        yield note("SCHEMA_OLD", "database", f"The schema is {found}, not {HEAD}.", recovery=True)
    else:
        yield error("SCHEMA_NEWER", "database", f"A newer kernel has used it: {found}, not {HEAD}.")


def _version(patient: Patient) -> Iterator[Symptom]:
    here = patient.engine.dialect.name == "sqlite"
    if here and can_lose_a_commit(sqlite3.sqlite_version_info):
        yield note(
            "SQLITE_OLD",
            "sqlite",
            f"SQLite {sqlite3.sqlite_version} can damage a database that two programs write at "
            "once (fixed in 3.51.3); let the kernel be the only one.",
        )


# ---- pages and rows


def _pages(connection: Connection) -> Iterator[Symptom]:
    """Let the database check itself."""
    if connection.dialect.name == "sqlite":
        yield from _pages_of_sqlite(connection)
        return
    extension = "SELECT 1 FROM pg_extension WHERE extname = 'amcheck'"
    if connection.execute(text(extension)).first() is None:
        yield note(
            "AMCHECK_MISSING",
            "database",
            "Indexes are not checked: CREATE EXTENSION amcheck, as a superuser.",
        )
        return
    for name in inspect(connection).get_table_names():
        for index in connection.execute(_INDEXES, {"of": name}).scalars():
            try:
                with connection.begin_nested():
                    connection.execute(text("SELECT bt_index_check(:index)"), {"index": index})
            except DatabaseError as failed:
                yield _damaged(str(failed.orig).splitlines()[0])


_INDEXES: Final = text(
    "SELECT c.oid FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid "
    "JOIN pg_class t ON t.oid = i.indrelid JOIN pg_am a ON a.oid = c.relam "
    "JOIN pg_namespace n ON n.oid = t.relnamespace "
    "WHERE t.relname = :of AND a.amname = 'btree' AND n.nspname = current_schema()"
)


def _pages_of_sqlite(connection: Connection) -> Iterator[Symptom]:
    try:
        found = [*connection.execute(text("PRAGMA integrity_check(20)")).scalars()]
    except DatabaseError as failed:
        found = [str(failed.orig)]
    if found != ["ok"]:
        yield _damaged("; ".join(str(each) for each in found[:3]))


def _damaged(what: str) -> Symptom:
    return error("DATABASE_DAMAGED", "database", f"Restore a backup. {what[:300]}")


def _references(patient: Patient, connection: Connection) -> Iterator[Symptom]:
    """Find rows that refer to what is not there: no write of the kernel leaves any."""
    for table in Model.metadata.sorted_tables[::-1]:
        for constraint in table.constraints:
            if not isinstance(constraint, ForeignKeyConstraint):
                continue
            orphan = _orphan(table, constraint)
            count = connection.execute(select(func.count()).select_from(table).where(orphan))
            if number := int(count.scalar_one()):
                yield error(
                    "ORPHAN_ROWS",
                    f"{table.name} of {constraint.referred_table.name}",
                    f"{number} rows refer to what is not there.",
                    mend=partial(patient.change, delete(table).where(orphan)),
                )


def _orphan(table: Table, constraint: ForeignKeyConstraint) -> ColumnElement[bool]:
    pairs = [(each.parent, each.column) for each in constraint.elements]
    parent = exists().where(and_(*(there == here for here, there in pairs)))
    return and_(~parent, *(here.is_not(None) for here, _ in pairs))


def _stray_calls(patient: Patient, connection: Connection) -> Iterator[Symptom]:
    """Find notes of calls whose execution does not wait any more."""
    waits = exists().where(
        col(SuspendedExecution.workspace_id) == col(SuspendedCall.workspace_id),
        col(SuspendedExecution.panel_id) == col(SuspendedCall.panel_id),
        col(SuspendedExecution.request_id) == col(SuspendedCall.request_id),
    )
    count = select(func.count()).select_from(SuspendedCall).where(~waits)
    if number := connection.execute(count).scalar_one():
        yield warning(
            "STRAY_CALLS",
            "suspended_call",
            f"{number} notes of calls belong to no execution that waits.",
            mend=partial(patient.change, delete(SuspendedCall).where(~waits)),
        )


# ---- logs


def _logs(patient: Patient, session: Session) -> Iterator[Symptom]:
    of_panel = col(LoggedChange.workspace_id), col(LoggedChange.panel_id)
    rows = session.connection().execute(
        select(*of_panel, func.min(LoggedChange.rev), func.max(LoggedChange.rev), func.count())
        .group_by(*of_panel)
        .order_by(*of_panel)
    )
    for workspace, panel, first, last, count in rows.all():
        key = PanelKey(str(workspace), str(panel))
        # What leads up to the oldest snapshot may be gone with age; what follows it may not.
        oldest = repositories.oldest_rev(session, key)
        since = first if oldest is None else min(first, oldest + 1)
        if missing := last - since + 1 - count:
            yield error(
                "LOG_GAP", str(key), f"{missing} changes between {since} and {last} are lost."
            )
        yield from _snapshots(patient, session, key, first)


def _snapshots(patient: Patient, session: Session, key: PanelKey, first: int) -> Iterator[Symptom]:
    """Fold the log from snapshot to snapshot, and see whether it leads from one to the next."""
    before: Place | None = None
    for row in _one_by_one(session, key):
        state = _state(row)
        if state is None:
            yield _unreadable(patient, key, row, mendable=before is not None)
            continue
        if before is not None and not _leads(session, key, before, (row.rev, state)):
            yield error(
                "SNAPSHOT_DIFFERS", f"{key}@{row.rev}", "The log leads to another state than it."
            )
        before = (row.rev, state)
    if before is None and first:
        yield error("STATE_LOST", str(key), "There are changes, and no snapshot that they follow.")


def _one_by_one(session: Session, key: PanelKey) -> Iterator[Snapshot]:
    """Yield the snapshots of a panel, oldest first; each is a whole state, and all are many."""
    rev = -1
    query = select_rows(Snapshot).where(
        Snapshot.workspace_id == key.workspace, Snapshot.panel_id == key.panel
    )
    following = query.order_by(col(Snapshot.rev)).limit(1)
    while (row := session.exec(following.where(Snapshot.rev > rev)).first()) is not None:
        yield row
        rev = row.rev
        session.expunge(row)


def _state(row: Snapshot) -> dict[str, Json] | None:
    try:
        state = decode(row.state, max_bytes=_UNBOUNDED)
    except JsonError:
        return None
    return cast("dict[str, Json]", state) if isinstance(state, dict) else None


def _unreadable(patient: Patient, key: PanelKey, row: Snapshot, *, mendable: bool) -> Symptom:
    forget = delete(Snapshot).where(
        col(Snapshot.workspace_id) == key.workspace,
        col(Snapshot.panel_id) == key.panel,
        col(Snapshot.rev) == row.rev,
    )
    return error(
        "SNAPSHOT_UNREADABLE",
        f"{key}@{row.rev}",
        "It is no state; the one before it and the log tell what it was."
        if mendable
        else "It is no state, and there is none before it.",
        mend=partial(patient.change, forget) if mendable else None,
    )


def _leads(session: Session, key: PanelKey, start: Place, end: Place) -> bool:
    """Tell whether the log leads from one state to another.

    A source that was edited in between fits the state to its declarations without a change in the
    log: names come and go, and values of another type are replaced. Of the rest all is compared.
    """
    rev, state = start
    while rev < end[0]:
        changes = repositories.changes_after(session, key, rev, limit=min(_STEP, end[0] - rev))
        for change in changes:
            if change.rev != rev + 1:
                return True  # A gap, which is told as one.
            try:
                state, rev = apply_ops(state, change.ops), change.rev
            except PatchConflictError:
                return state.keys() != end[1].keys()
        if not changes:
            return True
    return not any(
        state[name] != value and type(state[name]) is type(value)
        for name, value in end[1].items()
        if name in state
    )


def by_workspace(engine: Engine) -> dict[str, dict[str, str]]:
    """Return the panels that there are, and the hashes of their sources, by workspace."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    with Session(engine) as session:
        for workspace in repositories.workspaces(session):
            found[workspace.id] = {
                row.id: row.source_hash for row in repositories.panels(session, workspace.id)
            }
    return found


__all__ = ["Patient", "by_workspace", "is_current", "look"]
