"""A check that an extension keeps to the port, and an internet of one machine to try it on."""

import asyncio
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, TypeAlias

from nexus_core.extensions import (
    CallContext,
    Extension,
    ExtensionError,
    MethodDescription,
    Registry,
)
from nexus_protocol._model import Json
from nexus_protocol.errors import ErrorCode

if TYPE_CHECKING:
    import httpcore

CONTEXT = CallContext(panel_id="test", tool="test", user=None, execution_id="test")
"""A context for calls of extensions that nobody in particular makes."""


async def check_extension(extension: Extension) -> None:
    """Check that an extension keeps to the port; call it in a test of yours.

    No method is run: calls are made with arguments that must be refused before.

    Raises:
        AssertionError: it does not; the message says in what.

    """
    try:
        registry = Registry([extension])
    except TypeError as error:
        raise AssertionError(str(error)) from error
    methods = registry.methods(extension.name)
    _demand(bool(methods), f"{extension.name} has no method")
    await _refused(registry, extension.name, "no such method", (), ErrorCode.METHOD_NOT_FOUND)
    for method in methods:
        await _check_method(registry, extension.name, method)


async def _check_method(registry: Registry, name: str, method: MethodDescription) -> None:
    place = f"{name}.{method.name}"
    _demand(bool(method.doc.strip()), f"{place} has no docstring")
    in_bounds = math.isfinite(method.timeout_seconds) and 0 < method.timeout_seconds <= 3600
    _demand(in_bounds, f"{place} has a timeout that is not within an hour")
    required = [parameter.required for parameter in method.parameters]
    surplus: list[Json] = [None] * (len(required) + 1)
    await _refused(registry, name, method.name, surplus, ErrorCode.INVALID_ARGUMENTS)
    if any(required):
        await _refused(registry, name, method.name, (), ErrorCode.INVALID_ARGUMENTS)


async def _refused(
    registry: Registry, name: str, method: str, args: Sequence[Json], code: ErrorCode
) -> None:
    try:
        await registry.call(name, method, args, CONTEXT)
    except ExtensionError as error:
        _demand(error.code is code, f"{name}.{method} is refused with {error.code}, not {code}")
    else:
        raise AssertionError(f"{name}.{method} took {len(args)} arguments")


def _demand(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request as it came in at an ``Internet``."""

    line: str
    headers: dict[str, str]
    body: bytes


Responder: TypeAlias = Callable[[HttpRequest, asyncio.StreamWriter], Awaitable[None]]
"""Write a response, byte by byte as it pleases."""


class Internet:
    """An internet of one machine: names resolve as told, and every address leads to one server.

    Give ``resolve`` and ``connect`` to an ``HttpExtension``. The server is a real one on loopback,
    its port is ``port``. What was asked, connected to and received is kept for a test to look at.
    """

    def __init__(self, respond: Responder, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Say how the server answers, and what the names resolve to, one answer after the other.

        The last answer of a name stays.
        """
        self._respond = respond
        self._answers = {name: list(answers) for name, answers in names.items()}
        self.resolved: list[str] = []
        self.connected: list[str] = []
        self.requests: list[HttpRequest] = []
        self.accepted = 0
        self.port = 0

    async def resolve(self, name: str, port: int) -> Sequence[str]:
        """Answer the next addresses of a name; none for one that is not known."""
        self.resolved.append(name)
        answers = self._answers.get(name, [()])
        return answers.pop(0) if len(answers) > 1 else answers[0]

    async def connect(self, address: str, port: int) -> "httpcore.AsyncNetworkStream":
        """Connect to the server, whatever the address."""
        from nexus_core.extensions._transport import connect_tcp

        self.connected.append(address)
        return await connect_tcp("127.0.0.1", self.port)

    async def __aenter__(self) -> "Internet":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = int(self._server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self._tasks.add(asyncio.create_task(self._answer(reader, writer)))

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            request = await _received(reader)
            self.requests.append(request)
            await self._respond(request, writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # The client has had enough, which is its right.
        finally:
            writer.close()


async def _received(reader: asyncio.StreamReader) -> HttpRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    line, *fields = head.rstrip("\r\n").split("\r\n")
    headers = {name.lower(): text.strip() for name, _, text in (f.partition(":") for f in fields)}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return HttpRequest(line, headers, body)
