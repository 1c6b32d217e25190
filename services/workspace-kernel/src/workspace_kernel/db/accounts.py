"""What the kernel asks about accounts, logins, tokens, members and invitations, and writes of them.

As in ``repositories``: a question takes a session and returns rows, a write is data. Tokens are
named by their digests here; their text is never stored.
"""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import Delete, bindparam, delete, insert, tuple_, update
from sqlalchemy.orm import Mapped
from sqlmodel import Session, col, select

from workspace_kernel.db.models import (
    Account,
    AuditEntry,
    Invitation,
    LoginSession,
    Membership,
    PersonalToken,
    RefreshToken,
    StoredLayout,
    Table,
)
from workspace_kernel.db.session import Write

MAX_MEMBERSHIPS: Final = 1000
"""Of one user, in an answer that has no pages."""
Place: TypeAlias = tuple[float, str]
"""Where a list goes on that is in the order of its items' making: after this time and id."""


@dataclass(frozen=True, slots=True)
class Rotation:
    """A refresh token that was shown, whether it is the newest of its login or not."""

    shown: RefreshToken
    session: LoginSession
    account: Account


# ---- accounts


def account(session: Session, account_id: str) -> Account | None:
    """Return an account."""
    return session.get(Account, account_id)


def account_of_email(session: Session, email: str) -> Account | None:
    """Return the account of an address."""
    return session.exec(select(Account).where(Account.email == email)).first()


def account_of_session(session: Session, session_id: str, now: float) -> Account | None:
    """Return whose login it is, while it lasts."""
    return session.exec(
        select(Account)
        .join(LoginSession, col(LoginSession.account_id) == col(Account.id))
        .where(LoginSession.id == session_id, LoginSession.expires_at > now)
    ).first()


def account_of_token(
    session: Session, digest: str, now: float
) -> tuple[PersonalToken, Account] | None:
    """Return a personal token that has not expired, and whose it is."""
    return session.exec(
        select(PersonalToken, Account)
        .join(Account, col(PersonalToken.account_id) == col(Account.id))
        .where(PersonalToken.digest == digest, PersonalToken.expires_at > now)
    ).first()


_INSERT_ACCOUNT: Final = insert(Account)
_SET_PASSWORD: Final = (
    update(Account).where(col(Account.id) == bindparam("of")).values(password=bindparam("hash"))
)
_SET_TOURED: Final = (
    update(Account).where(col(Account.id) == bindparam("of")).values(toured_at=bindparam("moment"))
)
_DELETE_ACCOUNT: Final = delete(Account).where(col(Account.id) == bindparam("of"))
_DELETE_TOKENS: Final = delete(PersonalToken).where(
    col(PersonalToken.account_id) == bindparam("of")
)
_DELETE_MEMBERSHIPS: Final = delete(Membership).where(col(Membership.account_id) == bindparam("of"))
_DELETE_LAYOUTS: Final = delete(StoredLayout).where(col(StoredLayout.account_id) == bindparam("of"))


def add_account(row: Account) -> Write:
    """Make an account."""
    return _INSERT_ACCOUNT, row.model_dump()


def set_password(account_id: str, hashed: str) -> Write:
    """Store another password."""
    return _SET_PASSWORD, {"of": account_id, "hash": hashed}


def set_toured(account_id: str, now: float) -> Write:
    """Note that somebody has been shown around, or did not want to be."""
    return _SET_TOURED, {"of": account_id, "moment": now}


def delete_account(account_id: str) -> tuple[Write, ...]:
    """Forget an account with its logins, tokens, memberships and layouts."""
    asked = {"of": account_id}
    return (
        *end_sessions(account_id),
        (_DELETE_TOKENS, asked),
        (_DELETE_MEMBERSHIPS, asked),
        (_DELETE_LAYOUTS, asked),
        (_DELETE_ACCOUNT, asked),
    )


# ---- logins


def rotation(session: Session, digest: str, now: float) -> Rotation | None:
    """Return what is known of a refresh token, unless it or its login expired."""
    found = session.exec(
        select(RefreshToken, LoginSession, Account)
        .join(LoginSession, col(RefreshToken.session_id) == col(LoginSession.id))
        .join(Account, col(LoginSession.account_id) == col(Account.id))
        .where(
            RefreshToken.digest == digest,
            RefreshToken.expires_at > now,
            LoginSession.expires_at > now,
        )
    ).first()
    return Rotation(*found) if found else None


def oldest_sessions(
    session: Session, account_id: str, now: float, most: int, limit: int
) -> list[str]:
    """Return the logins of a user that last and that there are so many newer ones than."""
    query = select(LoginSession.id).where(
        LoginSession.account_id == account_id, LoginSession.expires_at > now
    )
    newest_first = col(LoginSession.created_at).desc(), col(LoginSession.id)
    return list(session.exec(query.order_by(*newest_first).offset(most).limit(limit)))


_INSERT_SESSION: Final = insert(LoginSession)
_INSERT_REFRESH: Final = insert(RefreshToken)
_DELETE_REFRESH: Final = delete(RefreshToken).where(col(RefreshToken.session_id) == bindparam("of"))
_DELETE_SESSION: Final = delete(LoginSession).where(col(LoginSession.id) == bindparam("of"))
_DELETE_ALL_REFRESH: Final = delete(RefreshToken).where(
    col(RefreshToken.session_id).in_(
        select(LoginSession.id).where(col(LoginSession.account_id) == bindparam("of"))
    )
)
_DELETE_ALL_SESSIONS: Final = delete(LoginSession).where(
    col(LoginSession.account_id) == bindparam("of")
)


def add_session(row: LoginSession) -> Write:
    """Make a login."""
    return _INSERT_SESSION, row.model_dump()


def add_refresh(row: RefreshToken) -> Write:
    """Store a refresh token; that of a number that is there already fails, and so is a replay."""
    return _INSERT_REFRESH, row.model_dump()


def end_session(session_id: str) -> tuple[Write, ...]:
    """End a login with all its refresh tokens."""
    asked = {"of": session_id}
    return (_DELETE_REFRESH, asked), (_DELETE_SESSION, asked)


def end_sessions(account_id: str) -> tuple[Write, ...]:
    """End all logins of a user."""
    asked = {"of": account_id}
    return (_DELETE_ALL_REFRESH, asked), (_DELETE_ALL_SESSIONS, asked)


# ---- personal tokens


def token(session: Session, token_id: str, now: float) -> PersonalToken | None:
    """Return a personal token that has not expired."""
    found = session.get(PersonalToken, token_id)
    return found if found and found.expires_at > now else None


def tokens(
    session: Session, account_id: str, after: Place | None, limit: int
) -> list[PersonalToken]:
    """Return the personal tokens of a user after a place, oldest first."""
    query = select(PersonalToken).where(PersonalToken.account_id == account_id)
    place = tuple_(col(PersonalToken.created_at), col(PersonalToken.id))
    if after is not None:
        query = query.where(place > after)
    return list(session.exec(query.order_by(*place).limit(limit)))


_INSERT_TOKEN: Final = insert(PersonalToken)
_DELETE_TOKEN: Final = delete(PersonalToken).where(col(PersonalToken.id) == bindparam("of"))
_USE_TOKEN: Final = (
    update(PersonalToken)
    .where(col(PersonalToken.id) == bindparam("of"))
    .values(used_at=bindparam("moment"))
)


def add_token(row: PersonalToken) -> Write:
    """Store a personal token."""
    return _INSERT_TOKEN, row.model_dump()


def delete_token(token_id: str) -> Write:
    """Forget a personal token."""
    return _DELETE_TOKEN, {"of": token_id}


def use_token(token_id: str, now: float) -> Write:
    """Note when a personal token was used."""
    return _USE_TOKEN, {"of": token_id, "moment": now}


# ---- members


def role(session: Session, workspace_id: str, account_id: str) -> str | None:
    """Return what a user is in a workspace."""
    found = session.get(Membership, (workspace_id, account_id))
    return found.role if found else None


def membership(session: Session, workspace_id: str, account_id: str) -> Membership | None:
    """Return the row of a member."""
    return session.get(Membership, (workspace_id, account_id))


def another_member(session: Session, workspace_id: str, account_id: str, role: str) -> str | None:
    """Return somebody who has a role in a workspace, beside a user."""
    query = select(Membership.account_id).where(
        Membership.workspace_id == workspace_id,
        Membership.account_id != account_id,
        Membership.role == role,
    )
    return session.exec(query.limit(1)).first()


def memberships(
    session: Session, account_id: str, after: str = "", limit: int = MAX_MEMBERSHIPS
) -> list[Membership]:
    """Return where a user is a member, by workspace, those after one."""
    query = select(Membership).where(
        Membership.account_id == account_id, Membership.workspace_id > after
    )
    return list(session.exec(query.order_by(Membership.workspace_id).limit(limit)))


def members(
    session: Session, workspace_id: str, after: Place | None, limit: int
) -> list[tuple[Membership, Account]]:
    """Return who is in a workspace after a place, in the order of their coming."""
    place = tuple_(col(Membership.created_at), col(Membership.account_id))
    query = (
        select(Membership, Account)
        .join(Account, col(Membership.account_id) == col(Account.id))
        .where(Membership.workspace_id == workspace_id)
    )
    if after is not None:
        query = query.where(place > after)
    return list(session.exec(query.order_by(*place).limit(limit)))


_INSERT_MEMBER: Final = insert(Membership)
_DELETE_MEMBER: Final = delete(Membership).where(
    col(Membership.workspace_id) == bindparam("in_workspace"),
    col(Membership.account_id) == bindparam("of"),
)


def put_member(row: Membership) -> tuple[Write, ...]:
    """Let somebody in, or change what they are."""
    return remove_member(row.workspace_id, row.account_id), (_INSERT_MEMBER, row.model_dump())


def remove_member(workspace_id: str, account_id: str) -> Write:
    """Let somebody out."""
    return _DELETE_MEMBER, {"in_workspace": workspace_id, "of": account_id}


# ---- layouts


def layout(session: Session, workspace_id: str, account_id: str) -> StoredLayout | None:
    """Return where a user's windows stand on the canvas of a workspace."""
    return session.get(StoredLayout, (workspace_id, account_id))


_INSERT_LAYOUT: Final = insert(StoredLayout)
_DELETE_LAYOUT: Final = delete(StoredLayout).where(
    col(StoredLayout.workspace_id) == bindparam("in_workspace"),
    col(StoredLayout.account_id) == bindparam("of"),
)


def put_layout(row: StoredLayout) -> tuple[Write, ...]:
    """Keep a layout in place of the one before."""
    asked = {"in_workspace": row.workspace_id, "of": row.account_id}
    return (_DELETE_LAYOUT, asked), (_INSERT_LAYOUT, row.model_dump())


# ---- invitations


def invitation(session: Session, digest: str, now: float) -> Invitation | None:
    """Return an invitation that still holds."""
    query = select(Invitation).where(Invitation.digest == digest, Invitation.expires_at > now)
    return session.exec(query).first()


def invitations(
    session: Session, workspace_id: str, now: float, after: Place | None, limit: int
) -> list[Invitation]:
    """Return the invitations into a workspace that nobody has accepted, oldest first."""
    place = tuple_(col(Invitation.created_at), col(Invitation.id))
    query = select(Invitation).where(
        Invitation.workspace_id == workspace_id, Invitation.expires_at > now
    )
    if after is not None:
        query = query.where(place > after)
    return list(session.exec(query.order_by(*place).limit(limit)))


def invitation_of(session: Session, workspace_id: str, invitation_id: str) -> Invitation | None:
    """Return an invitation into a workspace."""
    found = session.get(Invitation, invitation_id)
    return found if found and found.workspace_id == workspace_id else None


_INSERT_INVITATION: Final = insert(Invitation)
_DELETE_INVITATION: Final = delete(Invitation).where(col(Invitation.id) == bindparam("of"))
_DELETE_FIRST: Final = delete(Invitation).where(
    col(Invitation.workspace_id) == bindparam("in_workspace"), col(Invitation.created_by).is_(None)
)


def add_invitation(row: Invitation) -> Write:
    """Store an invitation."""
    return _INSERT_INVITATION, row.model_dump()


def delete_invitation(invitation_id: str) -> Write:
    """Take an invitation back, or note that it was accepted."""
    return _DELETE_INVITATION, {"of": invitation_id}


def delete_first_invitations(workspace_id: str) -> Write:
    """Take the kernel's own invitations back."""
    return _DELETE_FIRST, {"in_workspace": workspace_id}


# ---- the audit log


def audit_of_workspace(
    session: Session, workspace_id: str, before: int | None, limit: int
) -> list[AuditEntry]:
    """Return what was done in a workspace, newest first."""
    query = select(AuditEntry).where(AuditEntry.workspace_id == workspace_id)
    if before is not None:
        query = query.where(col(AuditEntry.number) < before)
    return list(session.exec(query.order_by(col(AuditEntry.number).desc()).limit(limit)))


def audit_of_account(
    session: Session, account_id: str, before: int | None, limit: int
) -> list[AuditEntry]:
    """Return what was done by an account, newest first."""
    query = select(AuditEntry).where(AuditEntry.account_id == account_id)
    if before is not None:
        query = query.where(col(AuditEntry.number) < before)
    return list(session.exec(query.order_by(col(AuditEntry.number).desc()).limit(limit)))


_INSERT_AUDIT: Final = insert(AuditEntry)


def add_audit(row: AuditEntry) -> Write:
    """Append to the audit log."""
    return _INSERT_AUDIT, row.model_dump(exclude={"number"})


# ---- what has expired


def expired_sessions(session: Session, now: float, limit: int) -> list[str]:
    """Return logins that are over."""
    query = select(LoginSession.id).where(LoginSession.expires_at <= now)
    return list(session.exec(query.limit(limit)))


def sweep(now: float, audit_before: float, limit: int) -> tuple[Write, ...]:
    """Delete what expired and is referred to by nothing, at most ``limit`` rows of each table."""
    return tuple(
        (_SWEEP[name], {"moment": moment, "most": limit})
        for name, moment in (
            ("refresh", now),
            ("token", now),
            ("invitation", now),
            ("audit", audit_before),
        )
    )


def _sweeping(table: type[Table], key: Mapped[Any], when: Mapped[float]) -> Delete:
    old = select(key).where(when <= bindparam("moment")).limit(bindparam("most"))
    return delete(table).where(key.in_(old))


_SWEEP: Final = {
    "refresh": _sweeping(RefreshToken, col(RefreshToken.digest), col(RefreshToken.expires_at)),
    "token": _sweeping(PersonalToken, col(PersonalToken.id), col(PersonalToken.expires_at)),
    "invitation": _sweeping(Invitation, col(Invitation.id), col(Invitation.expires_at)),
    "audit": _sweeping(AuditEntry, col(AuditEntry.number), col(AuditEntry.at)),
}


__all__ = [
    "MAX_MEMBERSHIPS",
    "Place",
    "Rotation",
    "account",
    "account_of_email",
    "account_of_session",
    "account_of_token",
    "add_account",
    "add_audit",
    "add_invitation",
    "add_refresh",
    "add_session",
    "add_token",
    "another_member",
    "audit_of_account",
    "audit_of_workspace",
    "delete_account",
    "delete_first_invitations",
    "delete_invitation",
    "delete_token",
    "end_session",
    "end_sessions",
    "expired_sessions",
    "invitation",
    "invitation_of",
    "invitations",
    "layout",
    "members",
    "membership",
    "memberships",
    "put_layout",
    "put_member",
    "remove_member",
    "role",
    "rotation",
    "set_password",
    "set_toured",
    "sweep",
    "token",
    "tokens",
    "use_token",
]
