"""The HTTP protocol of uvicorn, with the bounds that it leaves open.

A peer may take for ever over the head of a request, or over a body that nobody waits for; both end
here. What uvicorn refuses by itself, in plain text, is refused in the one shape that errors have.
What a request asks is not known here.
"""

import asyncio
import secrets
import sys
from typing import Final

import h11
from starlette.datastructures import MutableHeaders
from uvicorn.protocols.http.h11_impl import H11Protocol

from nexus_protocol import ErrorCode
from workspace_kernel.errors import STATUS, Failure, FailureBody
from workspace_kernel.security import protect

_REFUSALS: Final = {
    431: (ErrorCode.HEADERS_TOO_LARGE, "The head of the request is too long."),
    408: (ErrorCode.REQUEST_TIMEOUT, "The request did not arrive in time."),
}
_MALFORMED: Final = (ErrorCode.BAD_REQUEST, "That is no HTTP request.")


def refusal(code: ErrorCode, message: str) -> tuple[MutableHeaders, bytes]:
    """Return headers and body of a refusal that no application makes, after which all is over."""
    failure = Failure(code=code, message=message, trace_id=secrets.token_hex(16))
    body = FailureBody(error=failure).to_json().encode()
    headers = MutableHeaders({
        "content-type": "application/json",
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
    })  # fmt: skip
    protect(headers)
    return headers, body


def protocol(head_seconds: float) -> type[H11Protocol]:
    """Return the protocol that gives a peer so long for the head of a request."""

    class Bounded(_BoundedProtocol):
        patience = head_seconds

    return Bounded


class _BoundedProtocol(H11Protocol):
    """uvicorn's protocol for peers that mean harm."""

    patience: float
    _timer: asyncio.TimerHandle | None = None
    _given_away = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Begin, and wait for a request."""
        super().connection_made(transport)
        self._look()

    def data_received(self, data: bytes) -> None:
        """Take bytes in."""
        super().data_received(data)
        self._look()

    def on_response_complete(self) -> None:
        """Go on after an answer."""
        super().on_response_complete()
        self._look()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """Give the connection away."""
        self._given_away = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self._forget()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no request, from where its exception is handled."""
        error = sys.exception()
        self._refuse(getattr(error, "error_status_hint", 400))

    def _look(self) -> None:
        """Have an eye on the clock while the peer owes bytes that nobody reads."""
        if self._given_away or self.transport.is_closing() or not self._owed():
            self._forget()
        elif self._timer is None:
            self._timer = self.loop.call_later(self.patience, self._give_up)

    def _owed(self) -> bool:
        conn = self.conn
        if conn.their_state is h11.IDLE:
            # Between requests uvicorn looks at the clock, as long as nothing comes.
            return not self.cycle or bool(conn.trailing_data[0])
        return conn.their_state is h11.SEND_BODY and self.cycle and self.cycle.response_complete

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        if self.conn.their_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(408)
        else:
            self.transport.close()

    def _refuse(self, status: int) -> None:
        """Answer in the one shape that errors have, unless an answer is under way, and end."""
        if self.cycle:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            self._answer(*_REFUSALS.get(status, _MALFORMED))
        self.transport.close()

    def _answer(self, code: ErrorCode, message: str) -> None:
        headers, body = refusal(code, message)
        answer = h11.Response(status_code=STATUS[code], headers=headers.raw)
        for event in (answer, h11.Data(data=body), h11.EndOfMessage()):
            self.transport.write(self.conn.send(event) or b"")


__all__ = ["protocol", "refusal"]
