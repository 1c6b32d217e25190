"""Who may open a socket, shown in one of three ways: a ticket, a header, or the first frame.

Browsers send no header of their choice with a handshake and cookies are never looked at, so a page
of another site has nothing to open a socket with. What is open stays watched: see ``auth.watches``.
"""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from starlette.websockets import WebSocket

from nexus_protocol import ErrorCode
from nexus_protocol.messages import Auth
from nexus_protocol.strict_json import JsonError
from workspace_kernel.auth.gate import Gate, address_of
from workspace_kernel.auth.permissions import Rule
from workspace_kernel.auth.principals import Principal
from workspace_kernel.auth.watches import CHANGED, UNAUTHENTICATED, Watch
from workspace_kernel.errors import KernelError, unauthenticated
from workspace_kernel.websocket.codecs import Codec

AUTH_SECONDS: Final = 9.95
"""What a socket gets to say who it is; closed within ten seconds if it does not."""
MAX_WAITING: Final = 256
"""Sockets that have not said it yet."""
MISSING: Final = 4404
"""Closes a socket to what is not there, or not for its user."""
BUSY: Final = 1013

_FRAME_BYTES: Final = 8192


class ClosedError(Exception):
    """Raised when an accepted socket is to be closed before it says anything."""

    def __init__(self, code: int) -> None:
        self.code = code
        super().__init__(code)


@dataclass(slots=True)
class Lobby:
    """The sockets that are open and have not said who they are."""

    waiting: int = 0

    async def first_frame(self, websocket: WebSocket, gate: Gate, codec: Codec) -> Principal:
        """Wait for AUTH and return who it is.

        Raises:
            ClosedError: it does not come in time, or does not hold.

        """
        self.waiting += 1
        try:
            async with asyncio.timeout(AUTH_SECONDS):
                message = await websocket.receive()
            token = _token(codec, codec.frame(message))
            return await gate.recognise(token, address_of(websocket))
        except (TimeoutError, KernelError) as error:
            raise closing(error) from None
        finally:
            self.waiting -= 1

    def require_room(self) -> None:
        """Refuse a socket that would have to wait when too many do.

        Raises:
            KernelError: UNAVAILABLE.

        """
        if self.waiting >= MAX_WAITING:
            raise KernelError(
                ErrorCode.UNAVAILABLE, "Too many sockets wait to sign in.", retry_after=5
            )


async def shown(websocket: WebSocket, gate: Gate) -> Principal | None:
    """Return who opens a socket, by ticket or header; None when neither is there.

    Raises:
        KernelError: UNAUTHENTICATED, RESOURCE_LIMIT.

    """
    tickets = websocket.query_params.getlist("ticket")
    principal = await gate.identify(websocket)
    if gate.open or not tickets:
        return principal
    if principal is not None or len(tickets) != 1:
        raise unauthenticated()
    return gate.redeem(tickets[0], address_of(websocket))


@asynccontextmanager
async def watched(
    gate: Gate, principal: Principal, rule: Rule, workspace: str
) -> AsyncGenerator[Watch]:
    """Watch a socket into a workspace meanwhile.

    Raises:
        KernelError: NOT_FOUND, PERMISSION_DENIED, UNAUTHENTICATED; RESOURCE_LIMIT, its user has too
            many.

    """
    watch = Watch(await gate.standing(principal, rule, workspace), workspace)
    gate.watches.add(watch)
    try:
        # Looked at again now that the end of either would be noticed.
        if not await gate.stands(principal):
            raise unauthenticated()
        watch.standing = await gate.standing(principal, rule, workspace)
        yield watch
    finally:
        gate.watches.remove(watch)


async def renew(gate: Gate, watch: Watch, token: str, address: str) -> None:
    """Let a socket stay open for as long as a newer token of its login holds.

    Raises:
        KernelError: UNAUTHENTICATED, it does not hold or is another's; RESOURCE_LIMIT.

    """
    if not gate.open and not watch.extend(await gate.recognise(token, address)):
        raise unauthenticated()


def closing(error: Exception) -> ClosedError:
    """Return how an accepted socket ends for a reason that a handshake would be refused for."""
    match error:
        case KernelError(code=ErrorCode.NOT_FOUND):
            return ClosedError(MISSING)
        case KernelError(code=ErrorCode.PERMISSION_DENIED):
            return ClosedError(CHANGED)
        case KernelError(code=ErrorCode.RESOURCE_LIMIT):
            return ClosedError(BUSY)
        case _:
            return ClosedError(UNAUTHENTICATED)


def _token(codec: Codec, frame: str | bytes | None) -> str:
    """Return the token of an AUTH frame; nothing that is another frame is one."""
    try:
        return Auth.model_validate(codec.read(frame or "", _FRAME_BYTES)).token
    except (JsonError, ValidationError):
        return ""


__all__ = ["ClosedError", "Lobby", "closing", "renew", "shown", "watched"]
