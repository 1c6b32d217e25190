"""Let a handler wait: ``await $ext.timer.sleep(500)`` between two polls.

The engine has no timers of its own; a handler that sleeps is suspended and costs nothing.
"""

import asyncio
from typing import Annotated, ClassVar, Final

from pydantic import Field

from nexus_core.extensions.extension import CallContext, Extension, method
from nexus_protocol._model import Json

MAX_SLEEP_MS: Final = 60_000

Milliseconds = Annotated[float, Field(ge=0, le=MAX_SLEEP_MS, allow_inf_nan=False)]


class TimerExtension(Extension):
    """``nexus.timer``: wait for a while."""

    name: ClassVar[str] = "nexus.timer"

    @method(timeout=MAX_SLEEP_MS / 1000 + 5, idempotent=True)
    async def sleep(self, context: CallContext, ms: Milliseconds) -> Json:
        """Resume after ``ms`` milliseconds, at most 60,000."""
        await asyncio.sleep(max(0.0, ms / 1000 - context.elapsed))
        return None


__all__ = ["MAX_SLEEP_MS", "TimerExtension"]
