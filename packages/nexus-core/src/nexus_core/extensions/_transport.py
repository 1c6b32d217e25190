"""Exchange one request for one response over one connection to an address that was checked.

The name is not resolved here: the connection goes to an address of the list that is given, while
``Host`` and TLS still speak of the name. Nothing is kept open afterwards, so no connection outlives
the check of its address. What comes back is bounded while it is read. Imports httpcore, and is
itself imported when the first request is made.
"""

import ssl
import zlib
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias, cast

import httpcore

from nexus_core.extensions._urls import Url
from nexus_core.extensions.extension import ExtensionError
from nexus_protocol.errors import ErrorCode

Connector: TypeAlias = Callable[[str, int], Awaitable[httpcore.AsyncNetworkStream]]
"""Open a TCP connection to an address (never a name) and a port."""

CONNECT_TIMEOUT: Final = 5.0
"""Seconds for one address, so that a dead one leaves time for the next."""

_CHUNK_COST: Final = 64
"""Bytes that a chunk counts for beside its content: a body in crumbs is work, not data."""

_GZIP: Final = 31
"""zlib's window bits for a gzip stream with the largest window."""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One request as it goes out; header names are lower case."""

    method: str
    url: Url
    headers: dict[str, str]
    body: bytes | None


@dataclass(frozen=True, slots=True)
class Incoming:
    """One response as it came in, its body decoded."""

    status: int
    headers: dict[str, str]
    body: bytes


async def connect_tcp(address: str, port: int) -> httpcore.AsyncNetworkStream:
    """Open a TCP connection: the ``Connector`` of real life."""
    # Its type is hidden behind the import that httpcore makes conditionally.
    backend = cast("httpcore.AsyncNetworkBackend", httpcore.AnyIOBackend())
    return await backend.connect_tcp(address, port, timeout=CONNECT_TIMEOUT)


@cache
def _default_ssl_context() -> ssl.SSLContext:
    """Return the context that trusts the system's and certifi's authorities; made once, 20 ms."""
    return httpcore.default_ssl_context()


async def exchange(
    request: Outgoing,
    addresses: Sequence[str],
    *,
    connect: Connector,
    ssl_context: ssl.SSLContext | None,
    max_bytes: int,
) -> Incoming:
    """Send a request and read the response, at most ``max_bytes`` and twice that on the wire.

    Raises:
        ExtensionError: EXTENSION_ERROR when there is no connection or no proper answer, TIMEOUT
            when no address took the connection in time, RESOURCE_LIMIT when there is too much.

    """
    if ssl_context is None and request.url.origin.scheme == "https":
        ssl_context = _default_ssl_context()
    pool = httpcore.AsyncConnectionPool(
        ssl_context, max_connections=1, network_backend=_Pinned(addresses, connect)
    )
    try:
        async with (
            pool,
            pool.stream(
                request.method,
                _address(request.url),
                headers=_headers(request),
                content=request.body,
            ) as response,
        ):
            headers = _joined(response.headers)
            encoding = headers.get("content-encoding", "identity").strip().lower()
            body = await _read(response.aiter_stream(), encoding, max_bytes)
            return Incoming(response.status, headers, body)
    except httpcore.TimeoutException:
        message = f"{request.url.origin} took no connection in time"
        raise ExtensionError(ErrorCode.TIMEOUT, message) from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        message = f"{request.url.origin} gave no answer: {error or type(error).__name__}"
        raise ExtensionError(ErrorCode.EXTENSION_ERROR, message[:300]) from error


class _Pinned(httpcore.AsyncNetworkBackend):
    """A network of which only the given addresses exist."""

    def __init__(self, addresses: Sequence[str], connect: Connector) -> None:
        self._addresses = addresses
        self._connect = connect

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failure: Exception = httpcore.ConnectError("no address")
        for address in self._addresses:
            try:
                return await self._connect(address, port)
            except (httpcore.NetworkError, httpcore.TimeoutException) as error:
                failure = error
        raise failure


def _address(url: Url) -> httpcore.URL:
    return httpcore.URL(
        scheme=url.origin.scheme.encode(),
        host=url.origin.host.encode(),
        port=url.origin.port,
        target=url.target.encode(),
    )


def _headers(request: Outgoing) -> list[tuple[bytes, bytes]]:
    headers = {
        "host": request.url.origin.authority,
        "accept": "*/*",
        "user-agent": "nexus-http",
        **request.headers,
        "accept-encoding": "gzip",
        "connection": "close",
    }
    if request.body is not None:
        headers["content-length"] = str(len(request.body))
    return [(name.encode("ascii"), value.encode("ascii")) for name, value in headers.items()]


def _joined(headers: Iterable[tuple[bytes, bytes]]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name, value = raw_name.decode("ascii").lower(), raw_value.decode("latin-1")
        joined[name] = f"{joined[name]}, {value}" if name in joined else value
    return joined


async def _read(chunks: AsyncIterable[bytes], encoding: str, max_bytes: int) -> bytes:
    inflate = _inflater(encoding)
    received, body = 0, bytearray()
    async for chunk in chunks:
        received += len(chunk) + _CHUNK_COST
        # One byte more than allowed is asked for, so that too much is told from just enough.
        body += inflate.decompress(chunk, max_bytes + 1 - len(body)) if inflate else chunk
        if len(body) > max_bytes or received > 2 * max_bytes:
            raise ExtensionError(
                ErrorCode.RESOURCE_LIMIT, f"the response is longer than {max_bytes} bytes"
            )
    if inflate and received and not inflate.eof:
        raise ExtensionError(ErrorCode.EXTENSION_ERROR, "the response ends in mid-compression")
    return bytes(body)


class _Inflater:
    """Decompress gzip piece by piece, never more than is asked for."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP)

    @property
    def eof(self) -> bool:
        return self._stream.eof

    def decompress(self, data: bytes, max_bytes: int) -> bytes:
        try:
            return self._stream.decompress(data, max_bytes)
        except zlib.error:
            message = "the response is not the gzip stream that it claims to be"
            raise ExtensionError(ErrorCode.EXTENSION_ERROR, message) from None


def _inflater(encoding: str) -> _Inflater | None:
    match encoding:
        case "identity" | "":
            return None
        case "gzip" | "x-gzip":
            return _Inflater()
        case _:
            message = f"the response is encoded as {encoding[:40]!r}, which was not asked for"
            raise ExtensionError(ErrorCode.EXTENSION_ERROR, message)


__all__ = [
    "Connector",
    "Incoming",
    "Outgoing",
    "connect_tcp",
    "exchange",
]
