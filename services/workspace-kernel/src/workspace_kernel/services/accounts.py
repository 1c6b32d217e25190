"""Accounts and their logins: sign up, log in, stay logged in, log out. No HTTP here.

A login is a row; access tokens name it for minutes, and a chain of refresh tokens, each good once,
prolongs it. A refresh token that comes a second time was stolen from one of two, so the login ends.
"""

import asyncio
import time
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from sqlalchemy.exc import IntegrityError

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import Credentials, NewAccount, PasswordChange
from workspace_kernel.auth.limits import (
    LOGIN_BY_ACCOUNT,
    LOGIN_BY_ADDRESS,
    REFRESH_BY_ADDRESS,
    SIGNUP_BY_ADDRESS,
    RateLimits,
)
from workspace_kernel.auth.passwords import Passwords
from workspace_kernel.auth.tokens import AccessTokens, Kind, digest, new_id, new_token
from workspace_kernel.auth.watches import Watches
from workspace_kernel.db import accounts
from workspace_kernel.db.models import Account, LoginSession, RefreshToken
from workspace_kernel.db.session import Database, Write
from workspace_kernel.errors import KernelError, unauthenticated
from workspace_kernel.services.audit import Action, Audit, Caller
from workspace_kernel.services.members import Rights

_DAY: Final = 86_400.0
_MAX_EMAIL: Final = 254
_DISPLACED_AT_ONCE: Final = 100
"""More than one only where a smaller number of them is allowed now."""


@dataclass(frozen=True, slots=True)
class Login:
    """What somebody gets who is logged in."""

    account: Account
    access_token: str
    access_seconds: int
    refresh_token: str
    refresh_seconds: int


class Accounts:
    """The accounts of a kernel."""

    def __init__(
        self,
        database: Database,
        passwords: Passwords,
        access: AccessTokens,
        rights: Rights,
        audit: Audit,
        watches: Watches,
        limits: RateLimits,
        *,
        session_days: float,
        max_sessions: int,
        open_signup: bool,
    ) -> None:
        self._database = database
        self._passwords = passwords
        self._access = access
        self._rights = rights
        self._audit = audit
        self._watches = watches
        self._limits = limits
        self._session_seconds = session_days * _DAY
        self._max_sessions = max_sessions
        self._logging_in = asyncio.Lock()
        self._open_signup = open_signup

    async def sign_up(self, new: NewAccount, address: str) -> Login:
        """Make an account, accept the invitation that came with it, and log in.

        Raises:
            KernelError: PERMISSION_DENIED without an invitation where one is needed; NOT_FOUND, it
                does not hold; INVALID_ARGUMENTS, that is no e-mail address; CONFLICT, it has an
                account; RESOURCE_LIMIT.

        """
        self._limits.take(SIGNUP_BY_ADDRESS, address)
        if new.invitation is None and not self._open_signup:
            raise KernelError(ErrorCode.PERMISSION_DENIED, "An account needs an invitation here.")
        email = _required(_spelled(new.email))
        invitation = await self._rights.invited(new.invitation) if new.invitation else None
        account = Account(
            id=new_id(),
            email=email,
            name=new.name.strip() or "unknown",
            password=await self._passwords.hash(new.password),
            created_at=time.time(),
        )
        caller = Caller(address, account.id)
        login, writes = self._log_in(account)
        accepted = self._rights.accepted(invitation, caller) if invitation else ()
        told = self._audit.entry(Action.SIGNED_UP, caller)
        try:
            await self._database.write(accounts.add_account(account), *writes, *accepted, told)
        except IntegrityError:
            raise KernelError(
                ErrorCode.CONFLICT, "There is an account of that address, or the link was used."
            ) from None
        return login

    async def log_in(self, given: Credentials, address: str) -> Login:
        """Log in; an unknown address takes as long as a wrong password, and is told the same.

        Raises:
            KernelError: UNAUTHENTICATED, RESOURCE_LIMIT, UNAVAILABLE.

        """
        self._limits.take(LOGIN_BY_ADDRESS, address)
        email = _spelled(given.email)
        self._limits.take(LOGIN_BY_ACCOUNT, email)
        account = await self._database.read(partial(accounts.account_of_email, email=email))
        stored = account.password if account else None
        right = await self._passwords.matches(stored, given.password)
        caller = Caller(address, account.id if account else None)
        if account is None or not right:
            await self._database.write(self._audit.entry(Action.LOGIN_FAILED, caller))
            raise _wrong()
        login, writes = self._log_in(account)
        if self._passwords.outdated(account.password):
            hashed = await self._passwords.hash(given.password)
            writes = (*writes, accounts.set_password(account.id, hashed))
        told = self._audit.entry(Action.LOGGED_IN, caller)
        async with self._logging_in:
            displaced = await self._displaced(account.id)
            ended = [write for each in displaced for write in self._displace(each, caller)]
            await self._database.write(*ended, *writes, told)
        for session in displaced:
            self._watches.end_session(session)
        return login

    async def refresh(self, token: str, address: str) -> Login:
        """Go on with a login; its refresh token is good no more, and the next one is given.

        Raises:
            KernelError: UNAUTHENTICATED, RESOURCE_LIMIT.

        """
        self._limits.take(REFRESH_BY_ADDRESS, address)
        query = partial(accounts.rotation, digest=digest(token), now=time.time())
        found = await self._database.read(query)
        if found is None:
            raise unauthenticated()
        following = new_token(Kind.REFRESH)
        row = _refresh_row(found.session, found.shown.number + 1, following)
        try:
            # Used before, this number is taken: the table decides between two who come at once.
            await self._database.write(accounts.add_refresh(row))
        except IntegrityError:
            await self._end_stolen(found.session, address)
            raise unauthenticated() from None
        return self._login(found.account, found.session, following)

    async def log_out(self, session: str, caller: Caller) -> None:
        """End one login and its sockets."""
        told = self._audit.entry(Action.LOGGED_OUT, caller)
        await self._database.write(*accounts.end_session(session), told)
        self._watches.end_session(session)

    async def log_out_everywhere(self, caller: Caller) -> None:
        """End all logins of a user and their sockets; personal tokens go on."""
        user = caller.user or ""
        told = self._audit.entry(Action.LOGGED_OUT_EVERYWHERE, caller)
        await self._database.write(*accounts.end_sessions(user), told)
        self._watches.end_sessions(user)

    async def change_password(self, change: PasswordChange, caller: Caller) -> Login:
        """Put another password in place; every login ends, and a new one begins.

        Raises:
            KernelError: PERMISSION_DENIED, the present one is wrong; RESOURCE_LIMIT.

        """
        account = await self._confirmed(change.current, caller)
        hashed = await self._passwords.hash(change.new)
        login, writes = self._log_in(account)
        await self._database.write(
            accounts.set_password(account.id, hashed),
            *accounts.end_sessions(account.id),
            *writes,
            self._audit.entry(Action.PASSWORD_CHANGED, caller),
        )
        self._watches.end_sessions(account.id)
        return login

    async def delete(self, password: str, caller: Caller) -> None:
        """Forget an account; what it did stays in git and in the logs, by its id.

        Raises:
            KernelError: PERMISSION_DENIED, the password is wrong; CONFLICT, a workspace would be
                left without an owner; RESOURCE_LIMIT.

        """
        account = await self._confirmed(password, caller)
        async with self._rights.changing:
            alone = await self._rights.owned_alone(account.id)
            if alone:
                raise KernelError(
                    ErrorCode.CONFLICT,
                    "Make somebody else an owner of your workspaces first.",
                    {"workspaces": list(alone)},
                )
            told = self._audit.entry(Action.DELETED, caller)
            await self._database.write(*accounts.delete_account(account.id), told)
        self._watches.end_user(account.id)

    async def note_tour(self, user: str) -> None:
        """Note that a user has been shown around, or did not want to be."""
        await self._database.write(accounts.set_toured(user, time.time()))

    async def account(self, user: str) -> Account:
        """Return an account that asks for itself.

        Raises:
            KernelError: UNAUTHENTICATED, it was deleted meanwhile.

        """
        found = await self._database.read(partial(accounts.account, account_id=user))
        if found is None:
            raise unauthenticated()
        return found

    # ---- steps

    async def _confirmed(self, password: str, caller: Caller) -> Account:
        account = await self.account(caller.user or "")
        self._limits.take(LOGIN_BY_ACCOUNT, account.email)
        if not await self._passwords.matches(account.password, password):
            await self._database.write(self._audit.entry(Action.LOGIN_FAILED, caller))
            raise KernelError(ErrorCode.PERMISSION_DENIED, "The password is wrong.")
        return account

    def _log_in(self, account: Account) -> tuple[Login, tuple[Write, ...]]:
        now = time.time()
        session = LoginSession(
            id=new_id(),
            account_id=account.id,
            created_at=now,
            expires_at=now + self._session_seconds,
        )
        token = new_token(Kind.REFRESH)
        row = _refresh_row(session, 0, token)
        writes = accounts.add_session(session), accounts.add_refresh(row)
        return self._login(account, session, token), writes

    def _login(self, account: Account, session: LoginSession, refresh_token: str) -> Login:
        return Login(
            account=account,
            access_token=self._access.issue(account.id, session.id),
            access_seconds=self._access.life,
            refresh_token=refresh_token,
            refresh_seconds=max(0, int(session.expires_at - time.time())),
        )

    async def _displaced(self, user: str) -> Sequence[str]:
        """Return the oldest logins of a user, which make room for one more."""
        query = partial(accounts.oldest_sessions, account_id=user, now=time.time())
        room = partial(query, most=self._max_sessions - 1, limit=_DISPLACED_AT_ONCE)
        return await self._database.read(room)

    def _displace(self, session: str, caller: Caller) -> tuple[Write, ...]:
        told = self._audit.entry(Action.LOGIN_DISPLACED, caller, subject=session)
        return (*accounts.end_session(session), told)

    async def _end_stolen(self, session: LoginSession, address: str) -> None:
        caller = Caller(address, session.account_id)
        told = self._audit.entry(Action.REFRESH_REUSED, caller, subject=session.id)
        await self._database.write(*accounts.end_session(session.id), told)
        self._watches.end_session(session.id)


def _refresh_row(session: LoginSession, number: int, token: str) -> RefreshToken:
    return RefreshToken(
        session_id=session.id, number=number, digest=digest(token), expires_at=session.expires_at
    )


def _spelled(email: str) -> str:
    """Return the one spelling under which an address has an account."""
    return unicodedata.normalize("NFKC", email).casefold()


def _required(email: str) -> str:
    """Return an address, unless its one spelling is too long or reads as something else."""
    if len(email) > _MAX_EMAIL or email.count("@") != 1 or not email.isprintable():
        raise KernelError(ErrorCode.INVALID_ARGUMENTS, "That is no e-mail address.")
    return email


def _wrong() -> KernelError:
    return KernelError(ErrorCode.UNAUTHENTICATED, "The e-mail address or the password is wrong.")


__all__ = ["Accounts", "Login"]
