"""Personal tokens: what users give to programs and agents that act for them."""

import time
from collections.abc import Sequence
from functools import partial
from typing import Final

from nexus_protocol import ErrorCode
from workspace_kernel.account_resources import (
    CreatedToken,
    NewPersonalToken,
    PersonalTokenInfo,
)
from workspace_kernel.auth.permissions import Scope
from workspace_kernel.auth.tokens import Kind, digest, new_id, new_token
from workspace_kernel.auth.watches import Watches
from workspace_kernel.db import accounts
from workspace_kernel.db.accounts import Place
from workspace_kernel.db.models import PersonalToken
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError, missing_workspace
from workspace_kernel.resources import Page
from workspace_kernel.services.audit import Action, Audit, Caller
from workspace_kernel.services.paging import key_of, page, place_of

MAX_TOKENS: Final = 100
_DAY: Final = 86_400.0


class TokenBook:
    """The personal tokens of a kernel's users."""

    def __init__(self, database: Database, audit: Audit, watches: Watches) -> None:
        self._database = database
        self._audit = audit
        self._watches = watches

    async def list(self, user: str, cursor: str | None, limit: int) -> Page[PersonalTokenInfo]:
        """Return the tokens of a user, oldest first.

        Raises:
            KernelError: INVALID_ARGUMENTS, the cursor is none of this list.

        """
        rows = await self._rows(user, place_of(cursor), limit + 1)
        return page(rows, limit, _info, lambda row: key_of((row.created_at, row.id)))

    async def create(self, new: NewPersonalToken, caller: Caller) -> CreatedToken:
        """Make a token; its text is told this once.

        Raises:
            KernelError: NOT_FOUND, the workspace is not the user's; CONFLICT, there are too many.

        """
        user = caller.user or ""
        if len(await self._rows(user, None, MAX_TOKENS)) >= MAX_TOKENS:
            raise KernelError(ErrorCode.CONFLICT, f"There are {MAX_TOKENS} tokens already.")
        if new.workspace is not None:
            query = partial(accounts.role, workspace_id=new.workspace, account_id=user)
            if await self._database.read(query) is None:
                raise missing_workspace(new.workspace)
        text = new_token(Kind.PERSONAL)
        row = _row(new, user, text)
        told = self._audit.entry(Action.TOKEN_CREATED, caller, subject=row.id)
        await self._database.write(accounts.add_token(row), told)
        return CreatedToken(**_info(row).model_dump(), token=text)

    async def delete(self, token: str, caller: Caller) -> None:
        """Make a token good no more; sockets that it opened close.

        Raises:
            KernelError: NOT_FOUND.

        """
        query = partial(accounts.token, token_id=token, now=0)
        found = await self._database.read(query)
        if found is None or found.account_id != caller.user:
            raise KernelError(ErrorCode.NOT_FOUND, "There is no such token.")
        told = self._audit.entry(Action.TOKEN_DELETED, caller, subject=token)
        await self._database.write(accounts.delete_token(token), told)
        self._watches.end_token(token)

    async def _rows(self, user: str, after: Place | None, limit: int) -> Sequence[PersonalToken]:
        query = partial(accounts.tokens, account_id=user, after=after, limit=limit)
        return await self._database.read(query)


def _row(new: NewPersonalToken, user: str, text: str) -> PersonalToken:
    now = time.time()
    return PersonalToken(
        id=new_id(),
        account_id=user,
        name=new.name,
        digest=digest(text),
        scopes=" ".join(sorted(set(new.scopes))),
        workspace_id=new.workspace,
        created_at=now,
        expires_at=now + new.days * _DAY,
    )


def _info(row: PersonalToken) -> PersonalTokenInfo:
    return PersonalTokenInfo(
        id=row.id,
        name=row.name,
        scopes=tuple(map(Scope, row.scopes.split())),
        workspace=row.workspace_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        used_at=row.used_at,
    )


__all__ = ["MAX_TOKENS", "TokenBook"]
