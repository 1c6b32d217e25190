"""What the kernel asks of the tables of triggers and their runs, and writes into them."""

from typing import Final

from sqlalchemy import String, and_, bindparam, delete, insert, update
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from workspace_kernel.db.models import Panel, StoredFiring, StoredTrigger
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Write

_INSERT: Final = insert(StoredTrigger)
_OF_TRIGGER: Final = (
    col(StoredTrigger.workspace_id) == bindparam("of_workspace"),
    col(StoredTrigger.panel_id) == bindparam("of_panel"),
    col(StoredTrigger.id) == bindparam("of_trigger"),
)
_DELETE: Final = delete(StoredTrigger).where(*_OF_TRIGGER)
_DELETE_FIRINGS: Final = delete(StoredFiring).where(
    col(StoredFiring.workspace_id) == bindparam("of_workspace"),
    col(StoredFiring.panel_id) == bindparam("of_panel"),
    col(StoredFiring.trigger_id) == bindparam("of_trigger"),
)
_DECLARE: Final = update(StoredTrigger).where(*_OF_TRIGGER).values(declared=bindparam("says"))
_PLAN: Final = update(StoredTrigger).where(*_OF_TRIGGER).values(due_at=bindparam("due"))
_OUTCOME: Final = (
    update(StoredTrigger)
    .where(*_OF_TRIGGER)
    .values(
        rest_until=bindparam("rest"),
        failures=bindparam("failed"),
        ran_at=bindparam("ran"),
        error=bindparam("wrong"),
    )
)
_BLAME: Final = update(StoredTrigger).where(*_OF_TRIGGER).values(error=bindparam("wrong"))
_INSERT_FIRING: Final = insert(StoredFiring).from_select(
    ("workspace_id", "panel_id", "trigger_id", "request_id", "args"),
    select_columns(
        col(StoredTrigger.workspace_id),
        col(StoredTrigger.panel_id),
        col(StoredTrigger.id),
        bindparam("request", type_=String),
        bindparam("given", type_=String),
    ).where(*_OF_TRIGGER),
)
"""Of a trigger that is not there any more nothing is stored."""
_DELETE_FIRING: Final = delete(StoredFiring).where(
    col(StoredFiring.workspace_id) == bindparam("of_workspace"),
    col(StoredFiring.panel_id) == bindparam("of_panel"),
    col(StoredFiring.request_id) == bindparam("request"),
)


def live_triggers(session: Session) -> list[StoredTrigger]:
    """Return the triggers of all panels that may run."""
    of_panel = and_(
        col(Panel.workspace_id) == col(StoredTrigger.workspace_id),
        col(Panel.id) == col(StoredTrigger.panel_id),
    )
    live = and_(col(Panel.deleted_at).is_(None), col(Panel.stopped_at).is_(None))
    return list(session.exec(select(StoredTrigger).join(Panel, of_panel).where(live)))


def triggers_of(session: Session, key: PanelKey) -> list[StoredTrigger]:
    """Return the triggers of one panel."""
    return list(
        session.exec(
            select(StoredTrigger).where(
                StoredTrigger.workspace_id == key.workspace, StoredTrigger.panel_id == key.panel
            )
        )
    )


def firings(session: Session, key: PanelKey | None = None) -> list[StoredFiring]:
    """Return the runs that have not ended, of one panel or of all, oldest first."""
    query = select(StoredFiring).order_by(col(StoredFiring.number))
    if key is not None:
        query = query.where(
            StoredFiring.workspace_id == key.workspace, StoredFiring.panel_id == key.panel
        )
    return list(session.exec(query))


def add_trigger(row: StoredTrigger) -> Write:
    """Store a trigger."""
    return _INSERT, row.model_dump()


def remove_trigger(key: PanelKey, trigger: str) -> tuple[Write, ...]:
    """Forget a trigger, and the runs that it asked for."""
    asked = _of(key, trigger)
    return (_DELETE_FIRINGS, asked), (_DELETE, asked)


def redeclare(key: PanelKey, trigger: str, declared: str) -> Write:
    """Store where a trigger stands in its source now."""
    return _DECLARE, {**_of(key, trigger), "says": declared}


def plan_trigger(key: PanelKey, trigger: str, due: float | None) -> Write:
    """Store when a trigger is due."""
    return _PLAN, {**_of(key, trigger), "due": due}


def blame_trigger(key: PanelKey, trigger: str, wrong: str) -> Write:
    """Store why a trigger did not run."""
    return _BLAME, {**_of(key, trigger), "wrong": wrong}


def finish_trigger(
    key: PanelKey, trigger: str, rest: float, failed: int, ran: float, wrong: str | None
) -> Write:
    """Store what became of a run."""
    told = {"rest": rest, "failed": failed, "ran": ran, "wrong": wrong}
    return _OUTCOME, {**_of(key, trigger), **told}


def add_firing(key: PanelKey, trigger: str, request_id: str, args: str) -> Write:
    """Store that a trigger asks for a run."""
    return _INSERT_FIRING, {**_of(key, trigger), "request": request_id, "given": args}


def remove_firing(key: PanelKey, request_id: str) -> Write:
    """Forget a run that has ended."""
    return _DELETE_FIRING, {
        "of_workspace": key.workspace,
        "of_panel": key.panel,
        "request": request_id,
    }


def _of(key: PanelKey, trigger: str) -> dict[str, str]:
    return {"of_workspace": key.workspace, "of_panel": key.panel, "of_trigger": trigger}


__all__ = [
    "add_firing",
    "add_trigger",
    "blame_trigger",
    "finish_trigger",
    "firings",
    "live_triggers",
    "plan_trigger",
    "redeclare",
    "remove_firing",
    "remove_trigger",
    "triggers_of",
]
