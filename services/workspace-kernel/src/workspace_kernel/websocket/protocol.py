"""The WebSocket protocol of uvicorn, with compression of our choice and the bounds it leaves open.

A message may come in any number of fragments, many that are long may lie compressed in a few bytes,
a peer may ping without ever reading the answers, and one that reads nothing keeps its socket
although its keepalive has failed. Messages too long and malformed frames are uvicorn's own
business; a handshake that cannot be is refused in the one shape that errors have.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from uvicorn._types import ASGIReceiveEvent
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.datastructures import Headers
from websockets.frames import Frame
from websockets.http11 import Response
from websockets.server import ServerProtocol
from websockets.typing import StatusLike

from nexus_protocol import ErrorCode
from workspace_kernel.http_protocol import refusal
from workspace_kernel.websocket.compression import CompressionOffer

MAX_FRAGMENTS: Final = 1024
BITE_BYTES: Final = 4096
"""What is taken in at once where messages may be compressed: few of them fit into that."""
MAX_UNREAD_BYTES: Final = 4 << 20
"""Bytes given to a peer's socket that it has not taken, before a ping of it ends the connection."""


CLOSE_SECONDS: Final = 2.0
"""What a peer gets for the end of a connection, before it is cut."""


_OFFER: Final = CompressionOffer()
_CODES: Final = {
    403: ErrorCode.PERMISSION_DENIED,
    405: ErrorCode.METHOD_NOT_ALLOWED,
    500: ErrorCode.INTERNAL_ERROR,
}
"""By the status of a refusal; others mean a request that is none."""


class _Handshake(ServerProtocol):
    """The library's protocol, whose refusals have the shape of all others."""

    def reject(self, status: StatusLike, text: str) -> Response:
        """Return the refusal of a handshake."""
        plain = super().reject(status, text)
        code = _CODES.get(plain.status_code, ErrorCode.BAD_REQUEST)
        headers, plain.body = refusal(code, text.strip()[:200])
        plain.headers = Headers(headers.items())
        return plain


class BoundedProtocol(WebSocketsSansIOProtocol):
    """uvicorn's protocol for peers that mean harm."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.conn = _Handshake(
            extensions=[_OFFER], max_size=config.ws_max_size, logger=self.conn.logger
        )
        self._ahead = memoryview(b"")
        """What has come, and is not unpacked before what came before it was read."""

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        if not self.conn.extensions:
            super().data_received(data)
            return
        self._ahead = memoryview(bytes(self._ahead) + data)
        self._take_in()

    async def receive(self) -> ASGIReceiveEvent:
        """Return the next message, and unpack what comes after it."""
        message = await super().receive()
        self._take_in()
        return message

    def _take_in(self) -> None:
        while self._ahead and not self.read_paused and self.conn.parser_exc is None:
            bite, self._ahead = self._ahead[:BITE_BYTES], self._ahead[BITE_BYTES:]
            super().data_received(bytes(bite))

    def handle_cont(self, event: Frame) -> None:
        """Take a fragment in, unless the message has too many."""
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
            return
        self.frames = []
        self.conn.fail(1009, "too many fragments")
        self.handle_parser_exception()

    def send_receive_event_to_app(self) -> None:
        """Hand a message on, unless its text is no UTF-8: uvicorn would log a whole traceback."""
        if self.curr_msg_data_type == "text" and not _is_utf8(self.frames):
            self.frames = []
            self.conn.fail(1007, "not UTF-8")
            self.handle_parser_exception()
            return
        super().send_receive_event_to_app()

    def handle_ping(self) -> None:
        """Answer a ping, unless the peer reads none of the answers."""
        if self.transport.get_write_buffer_size() > MAX_UNREAD_BYTES:
            self.transport.abort()
            return
        super().handle_ping()

    async def run_asgi(self) -> None:
        """Serve the connection, then let go of it although the peer may not read its end."""
        await super().run_asgi()
        self.loop.call_later(CLOSE_SECONDS, self.transport.abort)

    def keepalive_timeout(self) -> None:
        """Let go of a peer that is gone; an orderly close would wait for it to read."""
        super().keepalive_timeout()
        self.transport.abort()


def _is_utf8(parts: Sequence[bytes]) -> bool:
    try:
        b"".join(parts).decode()
    except UnicodeDecodeError:
        return False
    return True


__all__ = ["BITE_BYTES", "BoundedProtocol"]
