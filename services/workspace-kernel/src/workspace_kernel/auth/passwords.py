"""Passwords as Argon2id hashes, made away from the event loop and a few at a time.

A hash takes 64 MiB for a while, so those that wait are bounded too. Which account a password
belongs to is not known here.
"""

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError

AT_ONCE: Final = 2
WAITING: Final = 32

_Result = TypeVar("_Result")


class Passwords:
    """Hashes passwords and verifies them."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._threads = ThreadPoolExecutor(AT_ONCE, "nexus-passwords")
        self._waiting = 0
        self._nobodys = ""

    async def open(self) -> None:
        """Make the hash that is verified when there is no account."""
        self._nobodys = await self.hash(secrets.token_urlsafe())

    def close(self) -> None:
        """Let go of the threads."""
        self._threads.shutdown(cancel_futures=True)

    async def hash(self, password: str) -> str:
        """Return the hash to be stored."""
        return await self._run(lambda: self._hasher.hash(password))

    async def matches(self, stored: str | None, password: str) -> bool:
        """Tell whether a password is the stored one; without one it takes as long to say no."""
        right = await self._run(lambda: self._verify(stored or self._nobodys, password))
        return right and stored is not None

    def outdated(self, stored: str) -> bool:
        """Tell whether a hash was made with other parameters than those of today."""
        return self._hasher.check_needs_rehash(stored)

    def _verify(self, stored: str, password: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[], _Result]) -> _Result:
        if self._waiting >= WAITING:
            raise KernelError(
                ErrorCode.UNAVAILABLE, "Too many people log in at once.", retry_after=2
            )
        self._waiting += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._waiting -= 1


__all__ = ["Passwords"]
