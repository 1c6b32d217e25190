"""The two addresses of WebSockets: a workspace's, and one panel's.

Who may open one is settled by ``security`` and ``admission``, what the frames say is the business
of ``dispatch``.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from nexus_protocol import ErrorCode
from workspace_kernel.auth.gate import address_of
from workspace_kernel.auth.permissions import Rule, rule_of_route
from workspace_kernel.auth.principals import Principal
from workspace_kernel.auth.watches import Watch
from workspace_kernel.errors import KernelError
from workspace_kernel.kernel import Kernel
from workspace_kernel.security import refuse_handshake
from workspace_kernel.services.sources import is_name
from workspace_kernel.websocket import admission, codecs
from workspace_kernel.websocket.admission import ClosedError, Lobby
from workspace_kernel.websocket.channels import Channels
from workspace_kernel.websocket.codecs import Codec
from workspace_kernel.websocket.connections import Connection, ConnectionLimits
from workspace_kernel.websocket.dispatch import Dispatcher
from workspace_kernel.websocket.pace import Pace
from workspace_kernel.websocket.presence import Rooms
from workspace_kernel.websocket.protocol import CLOSE_SECONDS

_OTHER_KIND = 1003
_POLICY = 1008


def websocket_routes(kernel_of: Callable[[WebSocket], Kernel]) -> list[BaseRoute]:
    """Return the routes of WebSockets, over which panels share one set of channels."""
    shared = Shared(Channels(), Rooms(), Lobby())
    workspace_rule, panel_rule = rule_of_route("workspaceSocket"), rule_of_route("panelSocket")

    async def workspace(websocket: WebSocket) -> None:
        name: str = websocket.path_params["workspace"]
        kernel = kernel_of(websocket)
        await _Socket(websocket, kernel, shared, workspace_rule, name).serve()

    async def panel(websocket: WebSocket) -> None:
        only: str = websocket.path_params["panel"]
        kernel = kernel_of(websocket)
        name = kernel.settings.workspace
        await _Socket(websocket, kernel, shared, panel_rule, name, only).serve()

    return [
        WebSocketRoute("/ws/{workspace}", workspace),
        WebSocketRoute("/panels/{panel}/ws", panel),
    ]


@dataclass(frozen=True, slots=True)
class Shared:
    """What all sockets of a kernel share."""

    channels: Channels
    rooms: Rooms
    lobby: Lobby


@dataclass(frozen=True, slots=True)
class _Socket:
    """One client from its handshake to its close."""

    websocket: WebSocket
    kernel: Kernel
    shared: Shared
    rule: Rule
    workspace: str
    only: str | None = None

    async def serve(self) -> None:
        """Let it in, and talk."""
        try:
            principal = await admission.shown(self.websocket, self.kernel.gate)
            if principal is None:
                self.shared.lobby.require_room()
            else:
                await self._enter(principal, self._accept)
                return
        except KernelError as error:
            await refuse_handshake(self.websocket, error)
            return
        await self._accept()
        with contextlib.suppress(WebSocketDisconnect):
            await self._sign_in()

    async def _sign_in(self) -> None:
        """Let a socket in that is open already, or close it."""
        try:
            principal = await self.shared.lobby.first_frame(
                self.websocket, self.kernel.gate, self.codec
            )
            await self._enter(principal, _nothing)
        except KernelError as error:
            await _close(self.websocket, admission.closing(error).code, "")
        except ClosedError as error:
            await _close(self.websocket, error.code, "")

    async def _enter(self, principal: Principal, accept: Callable[[], Awaitable[None]]) -> None:
        gate, workspace, only = self.kernel.gate, self.workspace, self.only
        async with admission.watched(gate, principal, self.rule, workspace) as watch:
            panels = self.kernel.workspaces.panels(workspace)
            if only is not None and not is_name(only):
                raise KernelError(ErrorCode.NOT_FOUND, f"There is no panel {only[:64]!r}.")
            dispatcher = Dispatcher(
                workspace,
                panels,
                self.shared.channels,
                self.kernel.database,
                watch,
                partial(admission.renew, gate, watch, address=address_of(self.websocket)),
                only,
            )
            await accept()
            await self._talk(dispatcher, watch)

    @property
    def codec(self) -> Codec:
        """The spelling that the client chose; JSON where it offers none that is known."""
        return self._chosen or codecs.JSON

    @property
    def _chosen(self) -> Codec | None:
        offered: list[str] = self.websocket.scope["subprotocols"]
        return codecs.choose(offered)

    async def _accept(self) -> None:
        chosen = self._chosen
        await self.websocket.accept(subprotocol=chosen.protocol if chosen else None)

    async def _talk(self, dispatcher: Dispatcher, watch: Watch) -> None:
        kernel = self.kernel
        limits = ConnectionLimits.of(kernel.settings)
        connection = Connection(dispatcher, self.codec, limits, kernel.telemetry)
        with kernel.telemetry.connections.track_inprogress():
            try:
                dispatcher.enter(connection, self.shared.rooms)
                await _converse(self.websocket, connection, dispatcher, kernel, watch)
            finally:
                connection.close()


async def _nothing() -> None:
    """Do nothing, for a socket that was accepted before."""


async def _converse(
    websocket: WebSocket,
    connection: Connection,
    dispatcher: Dispatcher,
    kernel: Kernel,
    watch: Watch,
) -> None:
    """Read, write and watch until one of them ends."""
    connection.greet()
    lost = asyncio.create_task(connection.given_up())
    over = asyncio.create_task(watch.over())
    tasks: set[asyncio.Task[Any]] = {
        asyncio.create_task(_read(websocket, connection, dispatcher, kernel)),
        asyncio.create_task(connection.write(websocket.send)),
        lost,
        over,
    }
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if over in done:
        await _close(websocket, over.result(), "signed out")
    elif lost in done:
        await _close(websocket, _POLICY, "too slow")


async def _close(websocket: WebSocket, code: int, reason: str) -> None:
    """Say that it is over; a client that may not be told either is cut a moment later."""
    with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
        async with asyncio.timeout(CLOSE_SECONDS):
            await websocket.close(code, reason)


async def _read(
    websocket: WebSocket, connection: Connection, dispatcher: Dispatcher, kernel: Kernel
) -> None:
    """Take in frames until the client leaves."""
    loop = asyncio.get_running_loop()
    pace = Pace(loop.time())
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        frame = connection.codec.frame(message)
        if frame is None:
            await websocket.close(_OTHER_KIND, f"not a frame of {connection.codec.protocol}")
            raise WebSocketDisconnect(_OTHER_KIND)
        kernel.telemetry.received(frame)
        await dispatcher.receive(connection, frame)
        if pause := pace.after(len(frame), loop.time()):
            await asyncio.sleep(pause)


__all__ = ["websocket_routes"]
