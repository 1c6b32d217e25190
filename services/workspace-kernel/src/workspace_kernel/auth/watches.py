"""Open sockets and the rights that they rest on: when one ends, so do its sockets, at once."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from nexus_protocol import ErrorCode
from workspace_kernel.auth.principals import Principal, Standing
from workspace_kernel.errors import KernelError

UNAUTHENTICATED: Final = 4401
"""Closes a socket whose login, token or time is over: sign in again."""
CHANGED: Final = 4403
"""Closes a socket whose user's role has changed: connect again to see what is left."""
RETRY_SECONDS: Final = 5
"""When somebody who has too many sockets open may try again."""


class Watch:
    """One open socket."""

    def __init__(self, standing: Standing, workspace: str) -> None:
        self.standing = standing
        self.workspace = workspace
        self._code: int | None = None
        self._changed = asyncio.Event()

    def extend(self, principal: Principal) -> bool:
        """Let it stay open as long as a newer token of the same right holds; tells whether so."""
        if not principal.same_right(self.standing.principal):
            return False
        self.standing = replace(self.standing, principal=principal)
        self._changed.set()
        return True

    def end(self, code: int) -> None:
        """Close it."""
        self._code = self._code or code
        self._changed.set()

    async def over(self) -> int:
        """Return the code to close with, when the time has come."""
        while self._code is None:
            self._changed.clear()
            left = self.standing.principal.expires_at - time.time()
            if left <= 0:
                return UNAUTHENTICATED
            try:
                async with asyncio.timeout(None if left == float("inf") else left):
                    await self._changed.wait()
            except TimeoutError:
                continue
        return self._code


class Watches:
    """All open sockets of a kernel."""

    def __init__(self, most: int) -> None:
        """Take how many one user may have; where nobody logs in, all are of one."""
        self._most = most
        self._watches: set[Watch] = set()
        self._of_user: Counter[str | None] = Counter()

    def __len__(self) -> int:
        return len(self._watches)

    def add(self, watch: Watch) -> None:
        """Watch a socket.

        Raises:
            KernelError: RESOURCE_LIMIT, its user has too many.

        """
        user = watch.standing.principal.user
        if self._of_user[user] >= self._most:
            raise KernelError(
                ErrorCode.RESOURCE_LIMIT,
                f"You have {self._most} connections open; close some of them.",
                retry_after=RETRY_SECONDS,
            )
        self._of_user[user] += 1
        self._watches.add(watch)

    def remove(self, watch: Watch) -> None:
        """Forget a socket that is closed."""
        user = watch.standing.principal.user
        self._watches.remove(watch)
        self._of_user[user] -= 1
        if not self._of_user[user]:
            del self._of_user[user]

    def end_session(self, session: str) -> None:
        """End the sockets of one login."""
        self._end(UNAUTHENTICATED, lambda watch: watch.standing.principal.session == session)

    def end_token(self, token: str) -> None:
        """End the sockets of one personal token."""
        self._end(UNAUTHENTICATED, lambda watch: watch.standing.principal.token == token)

    def end_sessions(self, user: str) -> None:
        """End the sockets of all logins of a user."""

        def affected(watch: Watch) -> bool:
            principal = watch.standing.principal
            return principal.user == user and principal.session is not None

        self._end(UNAUTHENTICATED, affected)

    def end_user(self, user: str) -> None:
        """End all sockets of a user."""
        self._end(UNAUTHENTICATED, lambda watch: watch.standing.principal.user == user)

    def end_member(self, workspace: str, user: str) -> None:
        """End the sockets of a user in one workspace, where the role has changed."""

        def affected(watch: Watch) -> bool:
            return watch.workspace == workspace and watch.standing.principal.user == user

        self._end(CHANGED, affected)

    def _end(self, code: int, affected: Callable[[Watch], bool]) -> None:
        for watch in self._watches:
            if affected(watch):
                watch.end(code)


__all__ = ["CHANGED", "UNAUTHENTICATED", "Watch", "Watches"]
