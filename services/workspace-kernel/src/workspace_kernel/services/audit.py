"""The audit log: what was done about accounts and rights, by whom, to whom, from where."""

from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from time import time

from workspace_kernel.account_resources import AuditRecord
from workspace_kernel.db import accounts
from workspace_kernel.db.models import AuditEntry
from workspace_kernel.db.session import Database, Write
from workspace_kernel.resources import Page
from workspace_kernel.services.paging import page
from workspace_kernel.telemetry import Telemetry


class Action(StrEnum):
    """What is written down."""

    SIGNED_UP = "account.signed-up"
    LOGGED_IN = "account.logged-in"
    LOGIN_FAILED = "account.login-failed"
    LOGGED_OUT = "account.logged-out"
    LOGGED_OUT_EVERYWHERE = "account.logged-out-everywhere"
    LOGIN_DISPLACED = "account.login-displaced"
    REFRESH_REUSED = "account.refresh-reused"
    PASSWORD_CHANGED = "account.password-changed"  # noqa: S105 - no password.
    DELETED = "account.deleted"
    TOKEN_CREATED = "token.created"  # noqa: S105 - no token.
    TOKEN_DELETED = "token.deleted"  # noqa: S105 - no token.
    WORKSPACE_CREATED = "workspace.created"
    INVITATION_CREATED = "invitation.created"
    INVITATION_DELETED = "invitation.deleted"
    INVITATION_ACCEPTED = "invitation.accepted"
    MEMBER_CHANGED = "member.changed"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who does something, and from where."""

    address: str
    user: str | None = None


class Audit:
    """Writes the log and reads it."""

    def __init__(self, database: Database, telemetry: Telemetry) -> None:
        self._database = database
        self._telemetry = telemetry

    def entry(
        self,
        action: Action,
        caller: Caller,
        *,
        workspace: str | None = None,
        subject: str | None = None,
    ) -> Write:
        """Return the write of one entry, to be committed with what it tells of."""
        self._telemetry.account_events.labels(action.value).inc()
        row = AuditEntry(
            at=time(),
            action=action.value,
            workspace_id=workspace,
            account_id=caller.user,
            subject=subject,
            address=caller.address[:64],
        )
        return accounts.add_audit(row)

    async def of_workspace(
        self, workspace: str, before: int | None, limit: int
    ) -> Page[AuditRecord]:
        """Return what was done in a workspace, newest first."""
        query = partial(accounts.audit_of_workspace, workspace_id=workspace, before=before)
        return _page(await self._database.read(partial(query, limit=limit + 1)), limit)

    async def of_account(self, user: str, before: int | None, limit: int) -> Page[AuditRecord]:
        """Return what was done by a user, newest first."""
        query = partial(accounts.audit_of_account, account_id=user, before=before)
        return _page(await self._database.read(partial(query, limit=limit + 1)), limit)


def _page(rows: list[AuditEntry], limit: int) -> Page[AuditRecord]:
    return page(rows, limit, _record, lambda row: str(row.number))


def _record(row: AuditEntry) -> AuditRecord:
    return AuditRecord(
        at=row.at,
        action=row.action,
        user=row.account_id,
        subject=row.subject,
        workspace=row.workspace_id,
        address=row.address,
    )


__all__ = ["Action", "Audit", "Caller"]
