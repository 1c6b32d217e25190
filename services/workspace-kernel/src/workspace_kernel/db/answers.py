"""What the kernel asks about requests that were answered under an Idempotency-Key, and writes."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, select
from sqlmodel import Session, col

from workspace_kernel.db.models import AnsweredRequest
from workspace_kernel.db.session import Write

_INSERT: Final = insert(AnsweredRequest)
_DELETE_OLD: Final = delete(AnsweredRequest).where(col(AnsweredRequest.at) <= bindparam("moment"))
_DELETE_SURPLUS: Final = delete(AnsweredRequest).where(
    col(AnsweredRequest.caller) == bindparam("of_caller"),
    col(AnsweredRequest.at)
    <= select(col(AnsweredRequest.at))
    .where(col(AnsweredRequest.caller) == bindparam("of_caller"))
    .order_by(col(AnsweredRequest.at).desc())
    .offset(bindparam("most"))
    .limit(1)
    .scalar_subquery(),
)


def answered(session: Session, caller: str, key: str) -> AnsweredRequest | None:
    """Return what was answered to a caller under a key."""
    return session.get(AnsweredRequest, (caller, key))


def keep(row: AnsweredRequest, oldest: float, most: int) -> tuple[Write, ...]:
    """Keep an answer, and let go of those that are too old or too many."""
    return (
        (_DELETE_OLD, {"moment": oldest}),
        (_DELETE_SURPLUS, {"of_caller": row.caller, "most": most - 1}),
        (_INSERT, row.model_dump()),
    )


__all__ = ["answered", "keep"]
