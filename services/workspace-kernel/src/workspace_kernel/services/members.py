"""Who is in a workspace, as what, and how others come in. A workspace always has an owner."""

import asyncio
import time
from functools import partial
from typing import Final

from sqlalchemy.exc import IntegrityError

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import (
    CreatedInvitation,
    InvitationInfo,
    Member,
    NewInvitation,
    WorkspaceRole,
)
from workspace_kernel.auth.permissions import Role
from workspace_kernel.auth.tokens import Kind, digest, is_id, new_id, new_token
from workspace_kernel.auth.watches import Watches
from workspace_kernel.db import accounts
from workspace_kernel.db.models import Account, Invitation, Membership
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError
from workspace_kernel.resources import Page
from workspace_kernel.services.audit import Action, Audit, Caller
from workspace_kernel.services.paging import key_of, page, place_of

_DAY: Final = 86_400.0


class Rights:
    """The members and invitations of all workspaces."""

    def __init__(
        self, database: Database, audit: Audit, watches: Watches, public_address: str
    ) -> None:
        self._database = database
        self._audit = audit
        self._watches = watches
        self._public_address = public_address
        self.changing = asyncio.Lock()
        """One change at a time, or two owners could leave a workspace to nobody."""

    # ---- members

    async def members(self, workspace: str, cursor: str | None, limit: int) -> Page[Member]:
        """Return who is in a workspace, in the order of their coming.

        Raises:
            KernelError: INVALID_ARGUMENTS, the cursor is none of this list.

        """
        query = partial(accounts.members, workspace_id=workspace, after=place_of(cursor))
        rows = await self._database.read(partial(query, limit=limit + 1))
        return page(
            rows, limit, _member, lambda row: key_of((row[0].created_at, row[0].account_id))
        )

    async def of_user(self, user: str) -> tuple[WorkspaceRole, ...]:
        """Return the workspaces of a user, with the roles in them."""
        rows = await self._database.read(partial(accounts.memberships, account_id=user))
        return tuple(WorkspaceRole(workspace=r.workspace_id, role=Role(r.role)) for r in rows)

    async def change(self, workspace: str, user: str, role: Role, caller: Caller) -> None:
        """Give a member another role; open sockets of it close and come back with the new one.

        Raises:
            KernelError: NOT_FOUND, CONFLICT when nobody would own the workspace.

        """
        async with self.changing:
            row = await self._row(workspace, user)
            if role is not Role.OWNER:
                await self._require_other_owner(row)
            told = self._audit.entry(
                Action.MEMBER_CHANGED, caller, workspace=workspace, subject=user
            )
            changed = Membership.model_validate(row.model_dump() | {"role": role.value})
            await self._database.write(*accounts.put_member(changed), told)
        self._watches.end_member(workspace, user)

    async def remove(self, workspace: str, user: str, caller: Caller) -> None:
        """Let a member out; open sockets of it close.

        Raises:
            KernelError: NOT_FOUND, CONFLICT when nobody would own the workspace.

        """
        action = Action.MEMBER_LEFT if user == caller.user else Action.MEMBER_REMOVED
        async with self.changing:
            await self._require_other_owner(await self._row(workspace, user))
            told = self._audit.entry(action, caller, workspace=workspace, subject=user)
            await self._database.write(accounts.remove_member(workspace, user), told)
        self._watches.end_member(workspace, user)

    async def owned_alone(self, user: str) -> list[str]:
        """Return the workspaces that would have no owner without a user."""
        rows = await self._database.read(partial(accounts.memberships, account_id=user))
        owned = [row.workspace_id for row in rows if row.role == Role.OWNER]
        return [name for name in owned if not await self._owned(name, beside=user)]

    def first_member(self, workspace: str, caller: Caller) -> tuple[Write, ...]:
        """Return what makes the maker of a workspace its owner."""
        row = Membership(
            workspace_id=workspace,
            account_id=caller.user or "",
            role=Role.OWNER.value,
            created_at=time.time(),
        )
        told = self._audit.entry(Action.WORKSPACE_CREATED, caller, workspace=workspace)
        return (*accounts.put_member(row), told)

    async def _row(self, workspace: str, user: str) -> Membership:
        query = partial(accounts.membership, workspace_id=workspace, account_id=user)
        found = await self._database.read(query) if is_id(user) else None
        if found is None:
            raise KernelError(ErrorCode.NOT_FOUND, "There is no such member.")
        return found

    async def _require_other_owner(self, row: Membership) -> None:
        if row.role != Role.OWNER or await self._owned(row.workspace_id, beside=row.account_id):
            return
        raise KernelError(
            ErrorCode.CONFLICT, "A workspace has an owner: make somebody else one first."
        )

    async def _owned(self, workspace: str, beside: str = "") -> bool:
        """Tell whether somebody owns a workspace beside a user."""
        query = partial(accounts.another_member, workspace_id=workspace, account_id=beside)
        return await self._database.read(partial(query, role=Role.OWNER.value)) is not None

    # ---- invitations

    async def invitations(
        self, workspace: str, cursor: str | None, limit: int
    ) -> Page[InvitationInfo]:
        """Return the invitations into a workspace, oldest first.

        Raises:
            KernelError: INVALID_ARGUMENTS, the cursor is none of this list.

        """
        query = partial(
            accounts.invitations, workspace_id=workspace, now=time.time(), after=place_of(cursor)
        )
        rows = await self._database.read(partial(query, limit=limit + 1))
        return page(rows, limit, _info, lambda row: key_of((row.created_at, row.id)))

    async def invite(self, workspace: str, new: NewInvitation, caller: Caller) -> CreatedInvitation:
        """Make an invitation, and the link to pass on."""
        token = new_token(Kind.INVITATION)
        now = time.time()
        row = Invitation(
            id=new_id(),
            workspace_id=workspace,
            role=new.role.value,
            digest=digest(token),
            created_by=caller.user,
            created_at=now,
            expires_at=now + new.days * _DAY,
        )
        told = self._audit.entry(
            Action.INVITATION_CREATED, caller, workspace=workspace, subject=row.id
        )
        await self._database.write(accounts.add_invitation(row), told)
        url = f"{self._public_address}/invitation#{token}"
        return CreatedInvitation(**_info(row).model_dump(), token=token, url=url)

    async def uninvite(self, workspace: str, invitation: str, caller: Caller) -> None:
        """Take an invitation back.

        Raises:
            KernelError: NOT_FOUND.

        """
        query = partial(accounts.invitation_of, workspace_id=workspace, invitation_id=invitation)
        if await self._database.read(query) is None:
            raise _no_invitation()
        told = self._audit.entry(
            Action.INVITATION_DELETED, caller, workspace=workspace, subject=invitation
        )
        await self._database.write(accounts.delete_invitation(invitation), told)

    async def invited(self, token: str) -> Invitation:
        """Return the invitation of a link.

        Raises:
            KernelError: NOT_FOUND.

        """
        query = partial(accounts.invitation, digest=digest(token), now=time.time())
        found = await self._database.read(query)
        if found is None:
            raise _no_invitation()
        return found

    def accepted(self, invitation: Invitation, caller: Caller) -> tuple[Write, ...]:
        """Return what lets a user in who was not; it fails for the second who accepts."""
        row = Membership(
            workspace_id=invitation.workspace_id,
            account_id=caller.user or "",
            role=invitation.role,
            created_at=time.time(),
            invitation=invitation.id,
        )
        told = self._audit.entry(
            Action.INVITATION_ACCEPTED,
            caller,
            workspace=invitation.workspace_id,
            subject=invitation.id,
        )
        return (*accounts.put_member(row), accounts.delete_invitation(invitation.id), told)

    async def accept(self, token: str, caller: Caller) -> WorkspaceRole:
        """Let a user in by an invitation; nobody loses a higher role by it.

        Raises:
            KernelError: NOT_FOUND, also when somebody else was faster.

        """
        async with self.changing:
            invitation = await self.invited(token)
            workspace, role = invitation.workspace_id, Role(invitation.role)
            present = await self._database.read(
                partial(accounts.role, workspace_id=workspace, account_id=caller.user or "")
            )
            if present is not None and Role(present).access >= role.access:
                return WorkspaceRole(workspace=workspace, role=Role(present))
            try:
                await self._database.write(*self.accepted(invitation, caller))
            except IntegrityError:
                raise _no_invitation() from None
        self._watches.end_member(workspace, caller.user or "")
        return WorkspaceRole(workspace=workspace, role=role)

    async def invite_first_owner(self, workspace: str) -> str | None:
        """Return a link that makes its user the owner of a workspace that has none."""
        if await self._owned(workspace):
            return None
        await self._database.write(accounts.delete_first_invitations(workspace))
        new = NewInvitation(role=Role.OWNER)
        return (await self.invite(workspace, new, Caller("kernel"))).url


def _member(row: tuple[Membership, Account]) -> Member:
    membership, account = row
    return Member(
        id=account.id,
        name=account.name,
        email=account.email,
        role=Role(membership.role),
        since=membership.created_at,
    )


def _info(row: Invitation) -> InvitationInfo:
    return InvitationInfo(
        id=row.id, role=Role(row.role), created_at=row.created_at, expires_at=row.expires_at
    )


def _no_invitation() -> KernelError:
    return KernelError(ErrorCode.NOT_FOUND, "There is no such invitation, or it was accepted.")


__all__ = ["Rights"]
