"""Requests that run once however often they come: at the same time, again, after a restart.

A request's id is unique on its panel. While it runs, a repetition waits for the same answer;
afterwards the database has the answer, or shows that the kernel died in between. It is asked only
for ids that may have come before: nearly all are new, and which are is known after the first. How
many may be under way is bounded here, for all that ask together.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from nexus_protocol import ErrorCode
from workspace_kernel.db.executions import KnownRequest, known_request, known_requests
from workspace_kernel.db.repositories import PanelKey
from workspace_kernel.db.session import Database
from workspace_kernel.errors import KernelError
from workspace_kernel.services.seen import SeenNames

Answer = TypeVar("Answer")

MOST_UNDER_WAY: Final = 5_000
"""Requests of one panel at once: they go on when who sent them goes, and comes back with more."""
MOST_CHARACTERS: Final = 64 << 20
"""What they ask for together, as JSON."""
_RETRY_SECONDS: Final = 1
_MOST: Final = 50_000
"""Requests of one panel that are kept in mind; where there are more, all are looked up."""
_SPARE: Final = 1024
"""Requests for which there is room besides twice those that there are."""


@dataclass(slots=True)
class _Pending:
    asks: str
    answer: asyncio.Future[Any]
    task: asyncio.Task[None] | None = None
    cancelled: bool = False


class Requests:
    """The requests of one panel."""

    def __init__(
        self,
        database: Database,
        key: PanelKey,
        resting: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Take the parts; ``resting`` tells which requests merely wait: others bound those."""
        self._database = database
        self._key = key
        self._resting = resting
        self._pending: dict[str, _Pending] = {}
        self._characters = 0
        """Of what all of those ask for."""
        self._running: set[asyncio.Task[None]] = set()
        self._seen: SeenNames | None = None
        self._meanwhile: list[str] | None = None
        """What was admitted since the database was asked which came before; None when it is not."""

    def __len__(self) -> int:
        return len(self._pending)

    async def admit(
        self,
        request_id: str,
        asks: str,
        again: Callable[[KnownRequest], Awaitable[Answer]],
        run: Callable[[], Awaitable[Answer]],
        *,
        bounded: bool = True,
    ) -> asyncio.Future[Answer]:
        """Take a request in and return its answer to come.

        When this returns, ``run`` has been started, so that requests admitted one after the other
        take their turns at the panel in that order.

        Args:
            request_id: What names the request on its panel.
            asks: What it asks for, to tell a repetition from another request of the same name.
            again: Answers a request that came before this run of the kernel, or ended.
            run: Does what is asked.
            bounded: Whether it is refused while too many are under way.

        Raises:
            KernelError: CONFLICT, the id was used for something else; RESOURCE_LIMIT.

        """
        pending = self._pending.get(request_id)
        if pending is not None:
            if pending.asks != asks:
                raise reused(request_id)
            return pending.answer
        if bounded:
            self._require_room(asks)
        answer = self._take_in(request_id, asks)
        try:
            known = await self._known(request_id)
        except BaseException:
            self._let_go(request_id)
            answer.cancel()
            raise
        self._spawn(request_id, answer, run() if known is None else again(known))
        return answer

    def _require_room(self, asks: str) -> None:
        room = MOST_CHARACTERS - len(asks)
        if len(self) < MOST_UNDER_WAY and self._characters <= room:
            return
        resting = self._resting()
        busy = [len(each.asks) for name, each in self._pending.items() if name not in resting]
        if len(busy) >= MOST_UNDER_WAY or sum(busy) > room:
            text = "Too many requests of the panel are under way; try again in a moment."
            raise KernelError(ErrorCode.RESOURCE_LIMIT, text, retry_after=_RETRY_SECONDS)

    def _take_in(self, request_id: str, asks: str) -> asyncio.Future[Any]:
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._pending[request_id] = _Pending(asks, answer)
        self._characters += len(asks)
        return answer

    def _let_go(self, request_id: str) -> None:
        pending = self._pending.pop(request_id, None)
        if pending is not None:
            self._characters -= len(pending.asks)

    def saw(self, request_id: str) -> None:
        """Take note of an id that was given to what nobody asked for."""
        if self._seen is not None:
            self._seen.add(request_id)
        if self._meanwhile is not None:
            self._meanwhile.append(request_id)

    async def _known(self, request_id: str) -> KnownRequest | None:
        """Look up what a request left behind, if it may have come before; it is seen from now."""
        new = self._seen is not None and request_id not in self._seen
        self.saw(request_id)
        if new:
            return None
        if self._meanwhile is None and (self._seen is None or self._seen.full):
            self._meanwhile = list(self._pending)
            self._start(self._look(self._meanwhile))
        return await self._database.read(
            partial(known_request, key=self._key, request_id=request_id)
        )

    async def _look(self, meanwhile: list[str]) -> None:
        """Find out which requests came before."""
        try:
            seen = await self._database.read(partial(_seen, key=self._key))
        except SQLAlchemyError:
            self._meanwhile = None  # The next request looks again.
            return
        for request_id in meanwhile:
            seen.add(request_id)
        self._seen, self._meanwhile = seen, None

    def adopt(self, request_id: str, asks: str, work: Awaitable[Any]) -> None:
        """Take over a request that an earlier kernel began: a repetition waits for its answer."""
        self._spawn(request_id, self._take_in(request_id, asks), work)

    def cancel(self, request_id: str) -> bool:
        """Take note that a request is not wanted any more; tells whether it is under way."""
        pending = self._pending.get(request_id)
        if pending is not None:
            pending.cancelled = True
        return pending is not None

    def cancelled(self, request_id: str) -> bool:
        """Tell whether a request under way is not wanted any more."""
        pending = self._pending.get(request_id)
        return pending is not None and pending.cancelled

    def tasks(self, besides: Collection[str]) -> list[asyncio.Task[None]]:
        """Return what does the requests that have no answer yet, some left out."""
        return [
            pending.task
            for request_id, pending in self._pending.items()
            if request_id not in besides and pending.task is not None
        ]

    async def drain(self) -> None:
        """Wait until all that was admitted has its answer."""
        while self._running:
            await asyncio.wait(tuple(self._running))

    def _spawn(self, request_id: str, answer: asyncio.Future[Any], work: Awaitable[Any]) -> None:
        self._pending[request_id].task = self._start(self._settle(request_id, answer, work))

    def _start(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.create_task(work)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return task

    async def _settle(
        self, request_id: str, answer: asyncio.Future[Answer], work: Awaitable[Answer]
    ) -> None:
        try:
            value = await work
        except Exception as error:
            _fail(answer, error)
        else:
            if not answer.done():
                answer.set_result(value)
        finally:
            self._let_go(request_id)
            answer.cancel()


def reused(request_id: str) -> KernelError:
    """Say that an id names another request already."""
    return KernelError(
        ErrorCode.CONFLICT, f"The request id {request_id!r} was used for another request."
    )


def _seen(session: Session, key: PanelKey) -> SeenNames:
    """Return which requests of a panel came before, as far as they can be kept in mind."""
    found = known_requests(session, key, _MOST + 1)
    return (
        SeenNames(found, 2 * len(found) + _SPARE) if len(found) <= _MOST else SeenNames.everything()
    )


def _fail(answer: asyncio.Future[Any], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
        # Whoever asked may be gone; then nobody has to hear of it.
        answer.exception()


__all__ = ["Requests", "reused"]
