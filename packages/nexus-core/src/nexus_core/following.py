"""Who follows a panel: every change one by one, or the newest value at a path.

Neither can hold the panel up or make it remember without end. One who wants every change and is
too far behind is told so; one who wants values is told the newest and skips what lay between.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from nexus_core.background import Background
from nexus_core.computed import Settled
from nexus_core.errors import PanelError
from nexus_protocol import Change, ErrorCode, ExecutionError, Json

MOST_BEHIND: Final = 1000
"""Changes that wait for one who follows; with one more it has to begin anew."""


class ChangeStream:
    """The changes of a panel since it was made, as an asynchronous iterator for one reader.

    It ends when the panel stops. One who is more than 1,000 changes behind has those that waited,
    and then a ``PanelError`` with RESOURCE_LIMIT: the state is to be read anew.
    """

    def __init__(self, forget: Callable[["ChangeStream"], None]) -> None:
        self._forget = forget
        self._waiting: deque[Change] = deque()
        self._news = asyncio.Event()
        self._behind = False
        self._ended = False

    def put(self, change: Change) -> None:
        """Add a change."""
        if len(self._waiting) < MOST_BEHIND:
            self._waiting.append(change)
            self._news.set()
        else:
            self._behind = True
            self.end()

    def end(self) -> None:
        """Let it end after what waits."""
        self._ended = True
        self._forget(self)
        self._news.set()

    def __aiter__(self) -> Self:
        """Return itself."""
        return self

    async def __anext__(self) -> Change:
        """Return the next change as soon as there is one.

        Raises:
            PanelError: RESOURCE_LIMIT, the reader was too far behind.
        """
        while not self._waiting and not self._ended:
            self._news.clear()
            await self._news.wait()
        if self._waiting:
            return self._waiting.popleft()
        if self._behind:
            self._behind = False
            text = f"more than {MOST_BEHIND} changes behind; read the state and follow again"
            raise PanelError(ErrorCode.RESOURCE_LIMIT, text)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Follow no more."""
        self._waiting.clear()
        self.end()


@dataclass(frozen=True, slots=True)
class Update:
    """The value at a path is another than it was."""

    path: str
    value: Json | ExecutionError
    """None where there is nothing any more; the error of a computed value that failed."""
    rev: int
    """The revision that has it."""


@dataclass(eq=False, slots=True)
class _Subscription:
    path: str
    parts: tuple[str, ...]
    callback: Callable[[Update], object]
    seen: Json | ExecutionError


class Subscriptions:
    """Those who want to know the value at a path."""

    def __init__(
        self, now: Callable[[], Settled], settle: Callable[[], Awaitable[Settled]]
    ) -> None:
        self._now = now
        """Returns the newest revision without its computed values."""
        self._settle = settle
        self._subscriptions: list[_Subscription] = []
        self._telling = Background(self._tell)

    async def add(
        self, path: str, parts: tuple[str, ...], callback: Callable[[Update], object]
    ) -> Callable[[], None]:
        """Call ``callback`` when the value at a path has changed; returns how to stop it."""
        settled = await self._newest((parts,))
        subscription = _Subscription(path, parts, callback, _value(settled, parts))
        self._subscriptions.append(subscription)
        # A change that came while the values were computed is told as well.
        self._telling.ask()

        def stop() -> None:
            if subscription in self._subscriptions:
                self._subscriptions.remove(subscription)

        return stop

    def changed(self) -> None:
        """Tell them soon what is new."""
        if self._subscriptions:
            self._telling.ask()

    async def told(self) -> None:
        """Wait until everybody has been told."""
        await self._telling.idle()

    async def close(self) -> None:
        """Tell nobody any more."""
        await self._telling.close()

    async def _tell(self) -> None:
        settled = await self._newest(each.parts for each in self._subscriptions)
        for each in tuple(self._subscriptions):
            value = _value(settled, each.parts)
            if each in self._subscriptions and not _same(each.seen, value):
                each.seen = value
                self._call(each, Update(each.path, value, settled.rev))

    async def _newest(self, paths: Iterable[tuple[str, ...]]) -> Settled:
        """Return the newest revision, with its computed values where a path leads into them."""
        now = self._now()
        return now if all(parts[0] in now.state for parts in paths) else await self._settle()

    def _call(self, subscription: _Subscription, update: Update) -> None:
        try:
            subscription.callback(update)
        except Exception as error:
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"subscriber of {update.path} failed", "exception": error}
            )


def _value(settled: Settled, parts: tuple[str, ...]) -> Json | ExecutionError:
    """Return what stands at a path of the state or of a computed value, None where nothing does."""
    here: Mapping[str, Json | ExecutionError] | Json | ExecutionError
    here = settled.state if parts[0] in settled.state else settled.values
    for part in parts:
        match here:
            case Mapping():
                here = here.get(part)
            case list() if part.isascii() and part.isdigit() and int(part) < len(here):
                here = here[int(part)]
            case ExecutionError():
                return here
            case _:
                return None
    return here  # pyright: ignore[reportReturnType] - the mapping of all values has no path.


def _same(left: Json | ExecutionError, right: Json | ExecutionError) -> bool:
    """Tell whether two values are the same to JavaScript; true is not 1 there."""
    if left is right:
        return True
    match left, right:
        case dict(), dict():
            return left.keys() == right.keys() and all(
                _same(value, right[name]) for name, value in left.items()
            )
        case list(), list():
            return len(left) == len(right) and all(map(_same, left, right))
        case _:
            return isinstance(left, bool) is isinstance(right, bool) and left == right


__all__ = ["MOST_BEHIND", "ChangeStream", "Subscriptions", "Update"]
