"""The two addresses of WebSockets: a workspace's, and one panel's.

Who may open one is settled before it comes here (``security``), what the frames say is the
business of ``dispatch``.
"""

import asyncio
import contextlib
from collections.abc import Callable

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from nexus_protocol import ErrorCode
from nexus_protocol.messages import PROTOCOL
from workspace_kernel.errors import KernelError
from workspace_kernel.kernel import Kernel
from workspace_kernel.security import refuse_handshake
from workspace_kernel.services.sources import is_name
from workspace_kernel.websocket.channels import Channels
from workspace_kernel.websocket.connections import Connection, ConnectionLimits
from workspace_kernel.websocket.dispatch import Dispatcher
from workspace_kernel.websocket.protocol import CLOSE_SECONDS

_NOT_TEXT = 1003
_POLICY = 1008


def websocket_routes(kernel_of: Callable[[WebSocket], Kernel]) -> list[BaseRoute]:
    """Return the routes of WebSockets, over which panels share one set of channels."""
    channels = Channels()

    async def workspace(websocket: WebSocket) -> None:
        kernel = kernel_of(websocket)
        name: str = websocket.path_params["workspace"]
        await _serve(websocket, kernel, channels, name, None)

    async def panel(websocket: WebSocket) -> None:
        kernel = kernel_of(websocket)
        only: str = websocket.path_params["panel"]
        await _serve(websocket, kernel, channels, kernel.settings.workspace, only)

    return [
        WebSocketRoute("/ws/{workspace}", workspace),
        WebSocketRoute("/panels/{panel}/ws", panel),
    ]


async def _serve(
    websocket: WebSocket, kernel: Kernel, channels: Channels, workspace: str, only: str | None
) -> None:
    """Serve one client from its handshake to its close."""
    try:
        panels = kernel.workspaces.panels(workspace)
        if only is not None and not is_name(only):
            raise KernelError(ErrorCode.NOT_FOUND, f"There is no panel {only[:64]!r}.")
    except KernelError as error:
        await refuse_handshake(websocket, error)
        return
    dispatcher = Dispatcher(workspace, panels, channels, kernel.database, only)
    limits = ConnectionLimits.of(kernel.settings)
    connection = Connection(dispatcher, dispatcher.render, limits, kernel.telemetry)
    offered: list[str] = websocket.scope["subprotocols"]
    await websocket.accept(subprotocol=PROTOCOL if PROTOCOL in offered else None)
    with kernel.telemetry.connections.track_inprogress():
        try:
            await _converse(websocket, connection, dispatcher, kernel)
        finally:
            connection.close()


async def _converse(
    websocket: WebSocket, connection: Connection, dispatcher: Dispatcher, kernel: Kernel
) -> None:
    """Read, write and watch until one of them ends."""
    connection.greet()
    tasks = {
        asyncio.create_task(_read(websocket, connection, dispatcher, kernel)),
        asyncio.create_task(connection.write(websocket.send_text)),
        asyncio.create_task(connection.given_up()),
    }
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    if None in outcomes:
        # It may not be told either: then the socket is cut a moment later.
        with contextlib.suppress(WebSocketDisconnect, RuntimeError, TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await websocket.close(_POLICY, "too slow")


async def _read(
    websocket: WebSocket, connection: Connection, dispatcher: Dispatcher, kernel: Kernel
) -> None:
    """Take in frames until the client leaves."""
    while True:
        message = await websocket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        text: str | None = message.get("text")
        if text is None:
            await websocket.close(_NOT_TEXT, "text frames only")
            raise WebSocketDisconnect(_NOT_TEXT)
        kernel.telemetry.received(text)
        dispatcher.receive(connection, text)


__all__ = ["websocket_routes"]
