"""What waits to be sent to one client: bounded, in order, and never stale.

A client that reads slowly would have everything buffered for it. Here a full outbox folds what it
holds of a panel into one snapshot, which is rendered when its turn to be sent comes, and so is as
new as can be; patches that it already contains are skipped. So are who is present and which branch
is checked out: they wait once at most, and are rendered when they are sent. Answers are never
dropped: a client that does not even take those is given up.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias, assert_never

Render = Callable[[str], tuple[str, int] | None]
"""Gives the PANEL frame of a panel and its revision; None when the panel is gone."""


class TooSlowError(Exception):
    """Raised when a client does not take even what cannot be dropped."""


@dataclass(frozen=True, slots=True)
class Reply:
    """A frame that has to arrive."""

    text: str


@dataclass(frozen=True, slots=True)
class PatchFrame:
    """A PATCH, to be replaced by a snapshot when there are too many."""

    panel_id: str
    rev: int
    text: str


@dataclass(frozen=True, slots=True)
class EventFrame:
    """An EVENT: nobody misses it much when the client is far behind."""

    panel_id: str
    text: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The whole panel, as it is when this is sent."""

    panel_id: str


@dataclass(frozen=True, slots=True)
class Roster:
    """Who is present when this is sent."""


@dataclass(frozen=True, slots=True)
class CheckedOut:
    """Which branch is checked out when this is sent."""


Outgoing: TypeAlias = Reply | PatchFrame | EventFrame | Snapshot | Roster | CheckedOut


class Outbox:
    """The queue between all that happens and one writer."""

    def __init__(
        self,
        render: Render,
        render_roster: Callable[[], str],
        render_checkout: Callable[[], str],
        *,
        max_frames: int,
        max_characters: int,
        on_collapse: Callable[[], None] = lambda: None,
    ) -> None:
        self._render = render
        self._render_roster = render_roster
        self._render_checkout = render_checkout
        self._max_frames = max_frames
        self._max_characters = max_characters
        self._on_collapse = on_collapse
        self._frames: deque[Outgoing] = deque()
        self._characters = 0
        self._revs: dict[str, int] = {}
        self._filled = asyncio.Event()

    def __len__(self) -> int:
        return len(self._frames)

    def put(self, frame: Outgoing) -> None:
        """Queue a frame.

        Raises:
            TooSlowError: there are too many that cannot be dropped.

        """
        if isinstance(frame, Roster | CheckedOut) and frame in self._frames:
            return
        self._frames.append(frame)
        self._characters += _length(frame)
        if self._full():
            self._collapse()
        self._filled.set()

    def resume(self, panel_id: str, rev: int) -> None:
        """Take note that the client has a panel's state of a revision already."""
        self._revs[panel_id] = rev

    def forget(self, panel_id: str) -> None:
        """Drop what waits of a panel that the client follows no more."""
        self._keep(frame for frame in self._frames if _panel(frame) != panel_id)
        self._revs.pop(panel_id, None)

    async def next(self) -> str:
        """Wait for the next frame that is worth sending, and take it out."""
        while True:
            while self._frames:
                frame = self._frames.popleft()
                self._characters -= _length(frame)
                text = self._text(frame)
                if text is not None:
                    return text
            self._filled.clear()
            await self._filled.wait()

    def _text(self, frame: Outgoing) -> str | None:
        match frame:
            case Reply(text=text) | EventFrame(text=text):
                return text
            case PatchFrame(panel_id=panel_id, rev=rev, text=text):
                if rev <= self._revs.get(panel_id, -1):
                    return None
                self._revs[panel_id] = rev
                return text
            case Snapshot(panel_id=panel_id):
                rendered = self._render(panel_id)
                if rendered is None:
                    return None
                text, self._revs[panel_id] = rendered
                return text
            case Roster():
                return self._render_roster()
            case CheckedOut():
                return self._render_checkout()
            case _:
                assert_never(frame)

    def _full(self) -> bool:
        return len(self._frames) > self._max_frames or self._characters > self._max_characters

    def _collapse(self) -> None:
        """Put one snapshot of each panel where its first frame stands, and keep the answers."""
        seen: set[str] = set()
        kept: list[Outgoing] = []
        for frame in self._frames:
            match frame:
                case Reply() | Roster() | CheckedOut():
                    kept.append(frame)
                case EventFrame():
                    pass
                case PatchFrame(panel_id=panel_id) | Snapshot(panel_id=panel_id):
                    if panel_id not in seen:
                        seen.add(panel_id)
                        kept.append(Snapshot(panel_id))
                case _:
                    assert_never(frame)
        self._keep(kept)
        self._on_collapse()
        if self._full():
            raise TooSlowError

    def _keep(self, frames: Iterable[Outgoing]) -> None:
        self._frames = deque(frames)
        self._characters = sum(map(_length, self._frames))


def _length(frame: Outgoing) -> int:
    return 0 if isinstance(frame, Snapshot | Roster | CheckedOut) else len(frame.text)


def _panel(frame: Outgoing) -> str | None:
    return None if isinstance(frame, Reply | Roster | CheckedOut) else frame.panel_id


__all__ = [
    "CheckedOut",
    "EventFrame",
    "Outbox",
    "Outgoing",
    "PatchFrame",
    "Render",
    "Reply",
    "Roster",
    "Snapshot",
    "TooSlowError",
]
