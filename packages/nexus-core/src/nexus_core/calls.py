"""The calls of extensions that one execution waits for: made, answered, made again or not.

Whether a handler may make a call is settled before it comes here, and what is kept of it for
another process is the execution's business.
"""

import asyncio
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nexus_core.extensions import CallContext, ExtensionError, Registry
from nexus_core.sandbox import Reply, Request
from nexus_core.suspension import PendingCall
from nexus_protocol import ErrorCode


@dataclass(slots=True)
class _Call:
    pending: PendingCall
    restored: bool
    """Whether another process had it before."""
    task: asyncio.Task[Reply] | None = None


class Calls:
    """The calls of one execution."""

    def __init__(self, extensions: Registry, context: CallContext) -> None:
        self._extensions = extensions
        self._context = context
        self._calls: dict[int, _Call] = {}

    @property
    def pending(self) -> tuple[PendingCall, ...]:
        """All that have not been taken, made or not."""
        return tuple(each.pending for each in self._calls.values())

    @property
    def precious(self) -> tuple[PendingCall, ...]:
        """Those not made yet that may be made only once."""
        return tuple(
            each.pending
            for each in self._calls.values()
            if each.task is None and not each.pending.made and not self.repeatable(each.pending)
        )

    def plan(self, calls: Iterable[PendingCall], *, restored: bool = False) -> None:
        """Take calls in, to be made by ``make``; ``restored`` are from another process."""
        for call in calls:
            self._calls[call.request.id] = _Call(call, restored)

    def repeatable(self, call: PendingCall) -> bool:
        """Tell whether a call may be made again without knowing whether it was done."""
        request = call.request
        return self._extensions.repeatable(call.extension, request.method, request.args)

    def make(self) -> None:
        """Make what was planned."""
        for each in self._calls.values():
            if each.task is None:
                each.task = asyncio.create_task(self._answer(each.pending, each.restored))
                each.pending = replace(each.pending, made=True)

    async def wait(self, seconds: float) -> bool:
        """Wait until one has its answer, no longer than this; tells whether one has."""
        tasks = [each.task for each in self._calls.values() if each.task is not None]
        done, _ = await asyncio.wait(
            tasks, timeout=max(0.0, seconds), return_when=asyncio.FIRST_COMPLETED
        )
        return bool(done)

    def take(self) -> list[PendingCall]:
        """Take out those that have their answer, and return them with it."""
        done = [(number, each) for number, each in self._calls.items() if _reply(each) is not None]
        for number, _ in done:
            del self._calls[number]
        return [replace(each.pending, reply=_reply(each)) for _, each in done]

    def cancel(self) -> None:
        """End all that are under way."""
        for each in self._calls.values():
            if each.task is not None:
                each.task.cancel()

    async def _answer(self, call: PendingCall, restored: bool) -> Reply:
        if call.reply is not None:
            return call.reply
        if call.made and not self.repeatable(call):
            return _interrupted(call.request)
        return await self._call(call, max(0.0, time.time() - call.asked) if restored else 0.0)

    async def _call(self, call: PendingCall, elapsed: float) -> Reply:
        request = call.request
        context = replace(self._context, elapsed=elapsed)
        try:
            value = await self._extensions.call(
                call.extension, request.method, request.args, context
            )
        except ExtensionError as error:
            told = (error.code, str(error))
            return Reply(id=request.id, error=told, retry_after=error.retry_after)
        return Reply(id=request.id, value=value)


def planned(requests: Sequence[Request], extensions: Mapping[str, str]) -> list[PendingCall]:
    """Return calls to be made of what a handler asked for just now."""
    now = time.time()
    return [
        PendingCall(request=each, extension=extensions[each.alias], asked=now) for each in requests
    ]


def _reply(call: _Call) -> Reply | None:
    return call.task.result() if call.task is not None and call.task.done() else None


def _interrupted(request: Request) -> Reply:
    name = f"{request.alias}.{request.method}"
    text = f"the process ended while {name} was under way; it may have been done or not"
    return Reply(id=request.id, error=(ErrorCode.INTERRUPTED, text))
