"""A network that fails: a TCP proxy that delays what passes and cuts it off at any byte.

Every connection is given so many bytes, drawn at random; where they end, in the middle of a frame
more often than not, it is cut: half the time in order, half the time by a reset. TCP delivers bytes
once and in order or not at all, so nothing is duplicated here: what reaches a kernel twice are
requests that a client makes again, and that is the client's doing.
"""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from random import Random

CHUNK = 1 << 14


@dataclass(frozen=True, slots=True)
class Weather:
    """How bad the network is."""

    bytes_per_cut: int = 0
    """Bytes that a connection carries to a client on average before it is cut; 0 for no cuts."""
    delay: float = 0.0
    """Seconds that a piece of data is held back at most."""


@dataclass(slots=True)
class Proxy:
    """Stands between clients and the port of a kernel; ``proxied`` makes one."""

    target: int
    random: Random
    weather: Weather
    port: int = 0
    cuts: int = 0
    """Connections that were cut on purpose."""
    _pairs: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = field(default_factory=set)

    def cut_all(self) -> None:
        """Cut every connection now."""
        for pair in tuple(self._pairs):
            self._cut(pair)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection until it ends or is cut."""
        try:
            server_reader, server = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = writer, server
        self._pairs.add(pair)
        mean = self.weather.bytes_per_cut
        room = self.random.randrange(mean // 5, mean * 9 // 5) if mean else None
        ways = (
            asyncio.create_task(self._carry(reader, server, None)),
            asyncio.create_task(self._carry(server_reader, writer, room)),
        )
        try:
            done, _ = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            if any(each.result() for each in done):
                self._cut(pair)
        finally:
            for way in ways:
                way.cancel()
            self._pairs.discard(pair)
            for each in pair:
                with contextlib.suppress(OSError, RuntimeError):
                    each.close()

    async def _carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, room: int | None
    ) -> bool:
        """Carry bytes one way; tells whether they are used up."""
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK):
                if self.weather.delay and self.random.random() < 0.2:
                    await asyncio.sleep(self.random.random() * self.weather.delay)
                if room is not None and len(data) >= room:
                    writer.write(data[:room])
                    return True
                writer.write(data)
                await writer.drain()
                room = None if room is None else room - len(data)
        return False

    def _cut(self, pair: tuple[asyncio.StreamWriter, asyncio.StreamWriter]) -> None:
        if pair not in self._pairs:
            return
        self._pairs.discard(pair)
        self.cuts += 1
        hard = self.random.random() < 0.5
        for writer in pair:
            if hard:
                _reset_on_close(writer)
            writer.close()


@contextlib.asynccontextmanager
async def proxied(target: int, random: Random, weather: Weather) -> AsyncGenerator[Proxy]:
    """Stand before a port meanwhile."""
    proxy = Proxy(target, random, weather)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0, limit=CHUNK)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.weather = Weather()
        for pair in tuple(proxy._pairs):
            for writer in pair:
                writer.transport.abort()


def _reset_on_close(writer: asyncio.StreamWriter) -> None:
    linger = struct.pack("ii", 1, 0)
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
