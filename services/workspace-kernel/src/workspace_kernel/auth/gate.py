"""Where everybody enters: who a request or socket is from, and whether a rule lets them through.

What rests on a signed token is looked up all the same, so that a logout or a changed role holds
from that moment on. A workspace that is not the asker's is told to be missing.
"""

import re
import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from starlette.requests import HTTPConnection

from nexus_protocol import ErrorCode
from workspace_kernel.auth.limits import FAILURES_BY_ADDRESS, REQUESTS_BY_BEARER, RateLimits
from workspace_kernel.auth.permissions import Access, Role, Rule, Scope
from workspace_kernel.auth.principals import LOCAL, Principal, Standing
from workspace_kernel.auth.tickets import Tickets
from workspace_kernel.auth.tokens import AccessTokens, Kind, digest
from workspace_kernel.auth.watches import Watches
from workspace_kernel.db import accounts
from workspace_kernel.db.models import Account, PersonalToken
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError, missing_workspace, unauthenticated
from workspace_kernel.resources import NAME_PATTERN

_NEVER_IN_ADDRESSES: Final = frozenset({"token", "access_token", "refresh_token"})
_NAME: Final = re.compile(NAME_PATTERN)
_NOTED_EVERY: Final = 60.0
_MAX_HEADER: Final = 4096


def address_of(connection: HTTPConnection) -> str:
    """Return from where somebody speaks."""
    return connection.client.host if connection.client else "unknown"


class Gate:
    """Lets people in who are known; without access tokens it takes everybody for the local user."""

    def __init__(
        self,
        database: Database,
        access: AccessTokens | None,
        limits: RateLimits,
        max_sockets: int,
    ) -> None:
        self.watches = Watches(max_sockets)
        self.tickets = Tickets()
        self.limits = limits
        self._database = database
        self._access = access

    @property
    def open(self) -> bool:
        """Whether nobody has to log in."""
        return self._access is None

    # ---- who it is

    async def identify(self, connection: HTTPConnection) -> Principal | None:
        """Return who sent a request; None when it does not say.

        Raises:
            KernelError: UNAUTHENTICATED, it says so wrongly; RESOURCE_LIMIT.

        """
        if self._access is None:
            return LOCAL
        given = connection.headers.getlist("authorization")
        strays = _NEVER_IN_ADDRESSES.intersection(connection.query_params)
        if not given and not strays:
            return None
        address = address_of(connection)
        self.limits.check(FAILURES_BY_ADDRESS, address)
        scheme, _, token = given[0].partition(" ") if len(given) == 1 else ("", "", "")
        known = scheme.lower() == "bearer" and not strays and len(token) <= _MAX_HEADER
        return await self.recognise(token if known else "", address)

    async def recognise(self, token: str, address: str) -> Principal:
        """Return whose access token or personal token it is.

        Raises:
            KernelError: UNAUTHENTICATED, RESOURCE_LIMIT.

        """
        self.limits.check(FAILURES_BY_ADDRESS, address)
        if token.startswith(Kind.PERSONAL):
            found = await self._of_personal(token)
        else:
            found = await self._of_access(token)
        if found is None:
            self.limits.take(FAILURES_BY_ADDRESS, address)
            raise unauthenticated()
        return found

    def redeem(self, ticket: str, address: str) -> Principal:
        """Return whose ticket it is.

        Raises:
            KernelError: UNAUTHENTICATED, RESOURCE_LIMIT.

        """
        self.limits.check(FAILURES_BY_ADDRESS, address)
        principal = self.tickets.redeem(ticket)
        if principal is None or principal.expires_at <= time.time():
            self.limits.take(FAILURES_BY_ADDRESS, address)
            raise unauthenticated()
        return principal

    async def stands(self, principal: Principal) -> bool:
        """Tell whether what somebody is known by still holds."""
        if principal.session is not None:
            query = partial(
                accounts.account_of_session, session_id=principal.session, now=time.time()
            )
            return await self._database.read(query) is not None
        if principal.token is not None:
            token = partial(accounts.token, token_id=principal.token, now=time.time())
            return await self._database.read(token) is not None
        return self.open

    # ---- what they may do

    async def admit(self, principal: Principal | None, rule: Rule) -> Principal:
        """Let somebody through who is signed in.

        Raises:
            KernelError: UNAUTHENTICATED, PERMISSION_DENIED, RESOURCE_LIMIT.

        """
        if principal is None:
            raise unauthenticated()
        if not self.open:
            self.limits.take(REQUESTS_BY_BEARER, principal.bearer)
        if not principal.holds(rule):
            raise _without_scope(rule)
        bound = principal.workspace is not None
        if bound and rule.access is Access.ACCOUNT and rule.scope is not Scope.READ:
            raise KernelError(
                ErrorCode.PERMISSION_DENIED, "This token may be used in one workspace only."
            )
        return principal

    async def standing(self, principal: Principal, rule: Rule, workspace: str) -> Standing:
        """Let somebody through into a workspace.

        Raises:
            KernelError: NOT_FOUND, PERMISSION_DENIED.

        """
        role = await self.role(principal, workspace)
        if role is None:
            raise missing_workspace(workspace)
        standing = Standing(principal, role)
        require(standing, rule)
        return standing

    async def role(self, principal: Principal, workspace: str) -> Role | None:
        """Return what somebody is in a workspace, if they are in it."""
        if self.open:
            return Role.OWNER
        if principal.user is None or principal.workspace not in (None, workspace):
            return None
        # PostgreSQL refuses what can be no name, such as a NUL.
        if not _NAME.fullmatch(workspace):
            return None
        query = partial(accounts.role, workspace_id=workspace, account_id=principal.user)
        found = await self._database.read(query)
        return Role(found) if found else None

    async def workspaces(
        self, principal: Principal, after: str, limit: int
    ) -> Sequence[str] | None:
        """Return the first workspaces that somebody sees, of those after one; None is all."""
        if self.open:
            return None
        only = principal.workspace
        if only is not None:
            return [only] if only > after and await self.role(principal, only) else []
        query = partial(accounts.memberships, account_id=principal.user or "", after=after)
        rows = await self._database.read(partial(query, limit=limit))
        return [row.workspace_id for row in rows]

    # ---- tokens

    async def _of_access(self, token: str) -> Principal | None:
        claims = self._access.read(token) if self._access else None
        if claims is None:
            return None
        query = partial(accounts.account_of_session, session_id=claims.session, now=time.time())
        account = await self._database.read(query)
        if account is None or account.id != claims.user:
            return None
        return Principal(
            user=account.id,
            name=account.name,
            expires_at=claims.expires_at,
            session=claims.session,
        )

    async def _of_personal(self, token: str) -> Principal | None:
        now = time.time()
        query = partial(accounts.account_of_token, digest=digest(token), now=now)
        found = await self._database.read(query)
        if found is None:
            return None
        row, account = found
        if row.used_at is None or now - row.used_at >= _NOTED_EVERY:
            await self._database.write(accounts.use_token(row.id, now))
        return _by_token(row, account)


def require(standing: Standing, rule: Rule) -> None:
    """Refuse somebody in a workspace whose role or token does not do.

    Raises:
        KernelError: PERMISSION_DENIED.

    """
    if not standing.principal.holds(rule):
        raise _without_scope(rule)
    if not standing.may(rule):
        raise KernelError(
            ErrorCode.PERMISSION_DENIED,
            f"This needs the role {rule.access.name.lower()}; yours is {standing.role}.",
        )


def _without_scope(rule: Rule) -> KernelError:
    needed = f"This needs a token of scope {rule.scope}." if rule.scope else "No token may do this."
    return KernelError(ErrorCode.PERMISSION_DENIED, needed)


def _by_token(row: PersonalToken, account: Account) -> Principal:
    return Principal(
        user=account.id,
        name=account.name,
        expires_at=row.expires_at,
        token=row.id,
        scopes=frozenset(map(Scope, row.scopes.split())),
        workspace=row.workspace_id,
    )


__all__ = ["Gate", "address_of", "require"]
