"""Requests that make something and come again: they are made once, and answered alike.

A caller names a request with a key. Its answer is kept beside the key, so that it outlives a
restart; a refusal is not kept, for it made nothing. A kernel that is killed after the making and
before the keeping does not make it twice either: what is made has a name, which is taken then.
"""

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final
from weakref import WeakValueDictionary

from nexus_protocol import ErrorCode, Model
from workspace_kernel.db import answers
from workspace_kernel.db.models import AnsweredRequest
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError

MOST: Final = 1000
"""Answers that are kept for one caller."""


class KeptAnswer(Model):
    """A success as it was sent."""

    status: int
    headers: dict[str, str]
    body: str


class Answers:
    """The answers of a kernel that are kept."""

    def __init__(self, database: Database, seconds: float) -> None:
        """Take the database, and for how long answers are kept."""
        self._database = database
        self._seconds = seconds
        self._turns: WeakValueDictionary[tuple[str, str], asyncio.Lock] = WeakValueDictionary()

    async def once(
        self, caller: str, key: str, asks: bytes, make: Callable[[], Awaitable[KeptAnswer]]
    ) -> KeptAnswer:
        """Answer a request, or answer again what it was answered before.

        Raises:
            KernelError: CONFLICT, the key names another request; and whatever ``make`` raises.

        """
        digest = hashlib.sha256(asks).hexdigest()
        turn = self._turns.setdefault((caller, key), asyncio.Lock())
        async with turn:
            before = await self._database.read(partial(answers.answered, caller=caller, key=key))
            now = time.time()
            if before is not None and before.at > now - self._seconds:
                if before.asks != digest:
                    raise KernelError(
                        ErrorCode.CONFLICT, "That Idempotency-Key names another request."
                    )
                return KeptAnswer.model_validate_json(before.answer)
            answer = await make()
            row = AnsweredRequest(
                caller=caller, key=key, asks=digest, answer=answer.to_json(), at=now
            )
            await self._database.write(*answers.keep(row, now - self._seconds, MOST))
            return answer


__all__ = ["MOST", "Answers", "KeptAnswer"]
