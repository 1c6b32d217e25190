"""One client's connection: frames in, in order for each panel, and frames out, never in a heap.

A connection reads as fast as it may, gives every panel a lane of its own, so that one that is slow
to start holds up no other, and writes from its outbox. What a message does is ``dispatch``'s
business; the protocol below the frames is ``endpoint``'s.
"""

import asyncio
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Final, Protocol, Self, TypeAlias

from nexus_protocol import CATALOGUE_HASH, ErrorCode
from nexus_protocol.messages import (
    Cancel,
    Connected,
    ErrorMessage,
    Redo,
    Set,
    Subscribe,
    Trigger,
    Undo,
    Unsubscribe,
    WireLimits,
)
from workspace_kernel.settings import Settings
from workspace_kernel.telemetry import Telemetry
from workspace_kernel.websocket.codecs import Codec
from workspace_kernel.websocket.outbox import Outbox, Outgoing, Reply, TooSlowError

QUEUE_CHARACTERS: Final = 8 << 20
"""What is kept at most for a client that reads slowly, in characters."""

RETRY_SECONDS: Final = 1
"""When a client that has too much under way may try again."""

Answered: TypeAlias = Trigger | Set | Undo | Redo
"""What is answered by a RESULT, once however often it comes."""
PanelRequest: TypeAlias = Subscribe | Unsubscribe | Answered | Cancel
Send = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """What one connection may use."""

    frame_bytes: int
    subscriptions: int
    pending_requests: int
    queue_frames: int

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """Take the limits from the kernel's settings."""
        return cls(
            frame_bytes=settings.frame_bytes,
            subscriptions=settings.subscriptions,
            pending_requests=settings.pending_requests,
            queue_frames=settings.queue_frames,
        )

    @property
    def wire(self) -> WireLimits:
        """As it is told to the client."""
        return WireLimits(
            frame_bytes=self.frame_bytes,
            subscriptions=self.subscriptions,
            pending_requests=self.pending_requests,
        )


class Handler(Protocol):
    """What does the work of a message."""

    async def handle(self, connection: "Connection", message: PanelRequest) -> None:
        """Take a message in; answers may follow later."""
        ...

    def left(self, connection: "Connection") -> None:
        """Forget a connection."""
        ...

    def moved(self) -> None:
        """Take note that the client follows other panels."""
        ...

    def render(self, panel_id: str) -> tuple[str, int] | None:
        """Return the PANEL frame of a panel that somebody follows, and its revision."""
        ...

    def render_roster(self) -> str:
        """Return the PRESENCE frame."""
        ...

    def render_checkout(self) -> str:
        """Return the BRANCH frame."""
        ...


class Connection:
    """One client."""

    def __init__(
        self, handler: Handler, codec: Codec, limits: ConnectionLimits, telemetry: Telemetry
    ) -> None:
        self.session_id = uuid.uuid4().hex
        self.codec = codec
        self.limits = limits
        self.subscriptions: set[str] = set()
        self.closed = False
        self._handler = handler
        self._telemetry = telemetry
        self._outbox = Outbox(
            handler.render,
            handler.render_roster,
            handler.render_checkout,
            max_frames=limits.queue_frames,
            max_characters=QUEUE_CHARACTERS,
            on_collapse=telemetry.collapses.inc,
        )
        self._lanes: dict[str, deque[PanelRequest]] = {}
        self._pending = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._given_up = asyncio.Event()

    # ---- out

    def greet(self) -> None:
        """Send the first frame."""
        self.send(
            Reply(
                Connected(
                    session_id=self.session_id,
                    protocol=self.codec.protocol,
                    catalogue_hash=CATALOGUE_HASH,
                    limits=self.limits.wire,
                ).to_json()
            )
        )

    def send(self, frame: Outgoing) -> None:
        """Queue a frame; a client that is hopelessly behind is given up."""
        if self.closed:
            return
        try:
            self._outbox.put(frame)
        except TooSlowError:
            self._given_up.set()

    def refuse(
        self,
        code: ErrorCode,
        message: str,
        *,
        request_id: str | None = None,
        panel_id: str | None = None,
        retry_after: int | None = None,
    ) -> None:
        """Send an ERROR."""
        error = ErrorMessage(
            code=code,
            message=message,
            request_id=request_id,
            panel_id=panel_id,
            retry_after=retry_after,
        )
        self.send(Reply(error.to_json()))

    def resume(self, panel_id: str, rev: int) -> None:
        """Take note that the client has a panel's state of a revision already."""
        self._outbox.resume(panel_id, rev)

    def follow(self, panel_id: str) -> None:
        """Take note that the client follows a panel."""
        if panel_id not in self.subscriptions:
            self.subscriptions.add(panel_id)
            self._telemetry.subscriptions.inc()
            self._handler.moved()

    def lost(self, panel_id: str) -> None:
        """Take note that the client follows a panel no more."""
        if panel_id in self.subscriptions:
            self.subscriptions.remove(panel_id)
            self._telemetry.subscriptions.dec()
            self._handler.moved()
        self._outbox.forget(panel_id)

    async def write(self, send: Send) -> None:
        """Send what is queued, one frame after the other, until cancelled."""
        while True:
            text = await self._outbox.next()
            await send(self.codec.event(text))
            self._telemetry.sent(text)

    async def given_up(self) -> None:
        """Return when the client is hopelessly behind."""
        await self._given_up.wait()

    # ---- in

    def take(self, message: PanelRequest) -> None:
        """Put a message into its panel's lane."""
        # There is always room to end what takes it.
        room = self.limits.pending_requests * (2 if isinstance(message, Cancel) else 1)
        if self._pending >= room:
            self.refuse(
                ErrorCode.RESOURCE_LIMIT,
                f"More than {self.limits.pending_requests} requests wait; try again later.",
                request_id=message.request_id if isinstance(message, Answered) else None,
                panel_id=message.panel_id,
                retry_after=RETRY_SECONDS,
            )
            return
        self._pending += 1
        lane = self._lanes.get(message.panel_id)
        if lane is not None:
            lane.append(message)
            return
        self._lanes[message.panel_id] = deque([message])
        self.spawn(self._work(message.panel_id))

    def done(self) -> None:
        """Take note that a message has its answer."""
        self._pending -= 1

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Do something that outlives the client: what was asked for is done all the same."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self) -> None:
        """Forget the client; what it asked for runs on, without it."""
        self.closed = True
        self._handler.left(self)

    async def _work(self, panel_id: str) -> None:
        """Handle a panel's messages one after the other until there are none."""
        lane = self._lanes[panel_id]
        try:
            while lane:
                await self._handler.handle(self, lane.popleft())
        finally:
            del self._lanes[panel_id]


__all__ = [
    "RETRY_SECONDS",
    "Answered",
    "Connection",
    "ConnectionLimits",
    "Handler",
    "PanelRequest",
]
