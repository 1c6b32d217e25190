"""Accounts and all that belongs to them, put together, and tidied up once an hour."""

import asyncio
import logging
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy.exc import SQLAlchemyError

from workspace_kernel.auth.gate import Gate
from workspace_kernel.auth.keys import Keys, KeyTimes
from workspace_kernel.auth.limits import RateLimits
from workspace_kernel.auth.passwords import Passwords
from workspace_kernel.auth.tokens import AccessTokens
from workspace_kernel.db import accounts
from workspace_kernel.db.session import Database
from workspace_kernel.services.accounts import Accounts
from workspace_kernel.services.audit import Audit
from workspace_kernel.services.layouts import Layouts
from workspace_kernel.services.members import Rights
from workspace_kernel.services.personal_tokens import TokenBook
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry

logger = logging.getLogger(__name__)

TIDY_SECONDS: Final = 3600.0
SWEPT_AT_ONCE: Final = 1000
_DAY: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class People:
    """What a kernel with accounts has beside one without."""

    gate: Gate
    keys: Keys
    accounts: Accounts
    rights: Rights
    tokens: TokenBook
    layouts: Layouts
    audit: Audit
    database: Database
    audit_seconds: float

    async def tidy(self) -> None:
        """Put a new key in place when it is time, and delete what expired, a bounded number."""
        await asyncio.to_thread(self.keys.rotate)
        now = time.time()
        over = await self.database.read(
            partial(accounts.expired_sessions, now=now, limit=SWEPT_AT_ONCE)
        )
        ended = (write for session in over for write in accounts.end_session(session))
        old = now - self.audit_seconds
        await self.database.write(*ended, *accounts.sweep(now, old, SWEPT_AT_ONCE))


@asynccontextmanager
async def gathered(
    settings: Settings, database: Database, telemetry: Telemetry
) -> AsyncGenerator[People]:
    """Bring the accounts of a kernel up, and down again."""
    times = KeyTimes(settings.key_days * _DAY, settings.access_seconds)
    keys = await asyncio.to_thread(Keys, settings.data / "auth" / "keys.json", times)
    access = AccessTokens(keys, settings.access_seconds)
    limits = RateLimits()
    gate = Gate(database, access, limits, settings.max_sockets)
    audit = Audit(database, telemetry)
    rights = Rights(database, audit, gate.watches, settings.public_address)
    passwords = Passwords()
    people = People(
        gate=gate,
        keys=keys,
        accounts=Accounts(
            database,
            passwords,
            access,
            rights,
            audit,
            gate.watches,
            limits,
            session_days=settings.session_days,
            max_sessions=settings.max_sessions,
            open_signup=settings.signup == "open",
        ),
        rights=rights,
        tokens=TokenBook(database, audit, gate.watches),
        layouts=Layouts(database),
        audit=audit,
        database=database,
        audit_seconds=settings.audit_days * _DAY,
    )
    await passwords.open()
    tidying = asyncio.create_task(_keep_tidy(people))
    try:
        yield people
    finally:
        tidying.cancel()
        with suppress(asyncio.CancelledError):
            await tidying
        passwords.close()


async def _keep_tidy(people: People) -> None:
    while True:
        try:
            await people.tidy()
        except (OSError, SQLAlchemyError):
            logger.exception("What expired could not be tidied up; trying again in an hour")
        await asyncio.sleep(TIDY_SECONDS)


def first_invitation(data: Path) -> Path:
    """Return where the link for the first owner of the default workspace lies."""
    return data / "auth" / "first-owner.txt"


def keep_first_invitation(data: Path, url: str | None) -> None:
    """Put the link where only the operator can read it; None takes it away."""
    path = first_invitation(data)
    path.unlink(missing_ok=True)
    if url is not None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(f"{url}\n")


__all__ = ["People", "first_invitation", "gathered", "keep_first_invitation"]
