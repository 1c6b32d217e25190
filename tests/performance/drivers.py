"""Clients of Nexus, of the bare server and of the peers, as light as each other.

A browser would take more of the machine than what is measured. These speak each system's own wire,
as its own page does: connect, be given the page, press its one button, see the new value.
"""

import asyncio
import json
import re
import time
import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Final

from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import OPEN
from websockets.typing import Origin, Subprotocol
from websockets.uri import parse_uri

ANSWER_SECONDS: Final = 60.0


class Wire(asyncio.Protocol):
    """One WebSocket, which calls ``on_text`` with every frame."""

    def __init__(self, protocol: ClientProtocol, on_text: Callable[[str], None]) -> None:
        self._protocol = protocol
        self._on_text = on_text
        self._transport: asyncio.Transport
        self.opened = asyncio.get_running_loop().create_future()
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._protocol.send_request(self._protocol.connect())
        self._flush()

    def data_received(self, data: bytes) -> None:
        self._protocol.receive_data(data)
        self._flush()
        for event in self._protocol.events_received():
            match event:
                case Response() if not self.opened.done():
                    self.opened.set_result(None)
                case Frame(opcode=Opcode.TEXT, data=text):
                    self._on_text(bytes(text).decode())
                case _:
                    pass

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        if not self.opened.done():
            self.opened.set_exception(exc or ConnectionError("refused"))

    def send(self, text: str) -> None:
        """Send a frame.

        Raises:
            ConnectionError: the server has ended it.

        """
        if self._protocol.state is not OPEN:
            raise ConnectionError("the server ended the connection")
        self._protocol.send_text(text.encode())
        self._flush()

    def close(self) -> None:
        """Leave."""
        self._transport.abort()

    def _flush(self) -> None:
        for data in self._protocol.data_to_send():
            self._transport.write(data)


class Session(ABC):
    """Somebody on a page with one button; ``open`` brings one there."""

    shows: str
    """Part of the frames that carry a new value."""
    ends: str | None = None
    """Part of the frame after which the server has done with a press, when that is another."""
    refused: str | None = None
    """Part of a frame that says that a press did not work."""

    def __init__(self, server: str, page: str) -> None:
        self.server = server
        self.page = page
        self.on_show: Callable[[], None] = lambda: None
        self._wire: Wire | None = None
        self._waits: list[tuple[str, asyncio.Future[float]]] = []

    async def open(self) -> "Session":
        """Connect and be given the page."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self._enter()
        return self

    async def press(self) -> tuple[float, float]:
        """Press the button; milliseconds until its value is seen, and until all is done."""
        async with asyncio.timeout(ANSWER_SECONDS):
            shown = self._wait(self.shows)
            ended = self._wait(self.ends) if self.ends else shown
            began = time.perf_counter()
            self._send(self._press())
            return ((await shown) - began) * 1000, ((await ended) - began) * 1000

    @property
    def lost(self) -> bool:
        """Whether the server ended it, or never let it in."""
        return self._wire is None or self._wire.lost

    def close(self) -> None:
        """Leave."""
        if self._wire:
            self._wire.close()

    @abstractmethod
    async def _enter(self) -> None: ...

    @abstractmethod
    def _press(self) -> str: ...

    async def _connect(
        self, path: str, *, subprotocol: str | None = None, wants: str | None = None
    ) -> None:
        address = parse_uri("ws" + self.server.rstrip("/").removeprefix("http") + path)
        protocol = ClientProtocol(
            address,
            origin=Origin(self.server.rstrip("/")),
            subprotocols=[Subprotocol(subprotocol)] if subprotocol else None,
            max_size=None,
        )
        first = self._wait(wants) if wants else None
        loop = asyncio.get_running_loop()
        _, self._wire = await loop.create_connection(
            lambda: Wire(protocol, self._hear), address.host, address.port
        )
        await self._wire.opened
        if first:
            await first

    async def _ask(self, text: str, wants: str) -> None:
        answer = self._wait(wants)
        self._send(text)
        await answer

    def _send(self, text: str) -> None:
        assert self._wire is not None
        self._wire.send(text)

    def _wait(self, part: str) -> asyncio.Future[float]:
        future: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self._waits.append((part, future))
        return future

    def _hear(self, text: str) -> None:
        now = time.perf_counter()
        if self.refused and self.refused in text:
            raise RuntimeError(text[:500])
        if self.shows in text:
            self.on_show()
        for wait in tuple(self._waits):
            part, future = wait
            if part in text:
                self._waits.remove(wait)
                if not future.done():
                    future.set_result(now)


class Bare(Session):
    """The counter of ``bare``, which is all that it has; ``shared`` tells everybody."""

    shows = '"PATCH"'

    async def _enter(self) -> None:
        await self._connect("/all" if self.page == "shared" else "/ws")

    def _press(self) -> str:
        return '{"type":"TRIGGER","tool":"add"}'


class Nexus(Session):
    """A panel with a tool ``add``."""

    shows = '"type":"PATCH"'
    ends = '"type":"RESULT"'
    refused = '"ok":false'

    async def _enter(self) -> None:
        await self._connect("/ws/default", subprotocol="nexus.v1")
        await self._ask(
            json.dumps({"type": "SUBSCRIBE", "panelId": self.page}), wants='"type":"PANEL"'
        )

    def _press(self) -> str:
        request = uuid.uuid4().hex
        return json.dumps(
            {"type": "TRIGGER", "requestId": request, "panelId": self.page, "tool": "add"}
        )


class SocketIo(Session):
    """What NiceGUI and Reflex have in common: Engine.IO, whose pings are frames."""

    def _hear(self, text: str) -> None:
        if text == "2":
            self._send("3")
        else:
            super()._hear(text)


class NiceGui(SocketIo):
    """A page that NiceGUI made for this client alone."""

    shows = '42["update"'
    _CLIENT: Final = re.compile(r"'client_id': '([^']+)'")
    _BUTTON: Final = re.compile(
        r'"(\d+)":\{"tag":"q-btn".*?"listener_id":"([^"]+)","type":"click"', re.DOTALL
    )

    async def _enter(self) -> None:
        html = await _get(self.server, f"/{self.page}")
        client, button = self._CLIENT.search(html), self._BUTTON.search(html)
        assert client is not None
        assert button is not None
        self._client, self._element, self._listener = client[1], int(button[1]), button[2]
        await self._connect(
            f"/_nicegui_ws/socket.io/?client_id={self._client}&next_message_id=0"
            f"&implicit_handshake=true&document_id={uuid.uuid4()}&tab_id={uuid.uuid4()}"
            "&old_tab_id=null&EIO=4&transport=websocket",
            wants="0{",
        )
        await self._ask("40", wants="40{")

    def _press(self) -> str:
        event = {
            "id": self._element,
            "client_id": self._client,
            "listener_id": self._listener,
            "args": [],
        }
        return "42" + json.dumps(["event", event])


class Reflex(SocketIo):
    """A page of Reflex; its state is the client's own, but for the shared one."""

    shows = '{"delta"'
    _STATES: Final = {
        "counter": "pages___pages____counter",
        "rows": "pages___pages____rows",
        "shared": "reflex___istate___shared____shared_state_base_internal.pages___pages____shared",
    }

    async def _enter(self) -> None:
        await self._connect(f"/_event/?token={uuid.uuid4()}&EIO=4&transport=websocket", wants="0{")
        first = {
            "name": "reflex___state____state.hydrate_and_load",
            "payload": {},
            "router_data": self._place,
        }
        await self._ask(
            "40/_event," + json.dumps({"event": first}), wants='"is_hydrated_rx_state_":true'
        )

    def _press(self) -> str:
        event = {
            "name": f"reflex___state____state.{self._STATES[self.page]}.add",
            "router_data": self._place,
        }
        return "42/_event," + json.dumps(["event", event])

    @property
    def _place(self) -> dict[str, str]:
        return {"pathname": f"/{self.page}/", "asPath": f"/{self.page}/"}


async def open_all(sessions: list[Session], at_once: int = 50) -> None:
    """Open many, so many at a time."""
    for first in range(0, len(sessions), at_once):
        await asyncio.gather(*(each.open() for each in sessions[first : first + at_once]))


async def _get(server: str, path: str) -> str:
    address = parse_uri("ws" + server.removeprefix("http"))
    reader, writer = await asyncio.open_connection(address.host, address.port)
    try:
        writer.write(
            f"GET {path} HTTP/1.1\r\nHost: {address.host}:{address.port}\r\n"
            "Connection: close\r\n\r\n".encode()
        )
        return (await reader.read()).decode()
    finally:
        writer.close()
