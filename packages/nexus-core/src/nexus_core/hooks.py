"""When a panel's update and error handlers run.

Both run in the background, one at a time. ``update`` runs after changes that others than the
panel's lifecycle handlers made; what comes while it runs is one more run, so that it never runs
because of itself. ``error`` runs after a handler that failed, but not after itself.
"""

from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Literal

from nexus_core.background import Background
from nexus_core.notices import Execution
from nexus_protocol import Change, ErrorCode, Json

MOST_ERRORS: Final = 100
"""Errors that wait for their handler; of more the oldest are passed over."""

_ENDED: Final = frozenset((ErrorCode.CANCELLED, ErrorCode.INTERRUPTED))
"""How an execution ends that somebody ended: its handler did not fail."""

Hook = Literal["update", "error"]


class Hooks:
    """The update and error handlers of one panel.

    Args:
        run: Runs a handler to its end, where the panel has one; it must not raise.
    """

    def __init__(self, run: Callable[[Hook, Mapping[str, Json]], Awaitable[None]]) -> None:
        self._run = run
        self._changed = False
        self._errors: deque[Execution] = deque(maxlen=MOST_ERRORS)
        self._running = Background(self._run_due)

    def changed(self, change: Change) -> None:
        """Take note of a change."""
        if change.cause.kind != "lifecycle":
            self._changed = True
            self._running.ask()

    def ended(self, execution: Execution) -> None:
        """Take note of the end of an execution."""
        if execution.error and execution.error.code not in _ENDED:
            self._errors.append(execution)
            self._running.ask()

    async def idle(self) -> None:
        """Wait until none is due."""
        await self._running.idle()

    async def close(self) -> None:
        """End what runs, and begin nothing more."""
        await self._running.close()

    async def _run_due(self) -> None:
        while self._errors:
            failed = self._errors.popleft()
            if failed.error:
                args = {"tool": failed.tool, "code": failed.error.code.value}
                await self._run("error", {**args, "message": failed.error.message})
        if self._changed:
            self._changed = False
            await self._run("update", {})


__all__ = ["Hook", "Hooks"]
