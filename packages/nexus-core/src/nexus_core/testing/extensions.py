"""A check that an extension keeps to the port, and an internet of one machine to try it on."""

import asyncio
import contextlib
import math
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Final, TypeAlias

from pydantic import ValidationError

from nexus_core.extensions import (
    CallContext,
    Extension,
    ExtensionError,
    MethodDescription,
    Quota,
    Registry,
)
from nexus_protocol._model import Json
from nexus_protocol.errors import ErrorCode

if TYPE_CHECKING:
    import httpcore

CONTEXT = CallContext(panel_id="test", tool="test", user=None, execution_id="test")
"""A context for calls of extensions that nobody in particular makes."""


MAX_BLOCKED: Final = 0.25
"""Seconds for which a method may keep the event loop from everything else."""

_PATIENCE: Final = 10.0
_AT_ONCE: Final = 8
_TRIES: Final = 3


async def check_extension(
    extension: Extension, examples: Mapping[str, Sequence[Json]] | None = None
) -> None:
    """Check that an extension keeps to the port; call it in a test of yours.

    Without examples no method is run: the schemas are checked, and calls are made with arguments
    that must be refused before. A method with an example is really called, several times: its
    result has to fit what its schema promises, it may not block the event loop, and it has to end
    when it is cancelled, which is also how a call that takes too long is ended.

    Args:
        extension: The extension, made as it will be used.
        examples: Arguments of a call that succeeds within a few seconds, by the method's
            JavaScript name.

    Raises:
        AssertionError: it does not; the message says in what.

    """
    try:
        Registry([extension])
        registry = Registry([extension], quotas={extension.name: Quota()})
        (described,) = registry.describe()
    except TypeError as error:
        raise AssertionError(str(error)) from error
    except ValidationError as error:
        raise AssertionError(f"{extension.name}.scopes() is not JSON") from error
    name = extension.name
    methods = {method.name: method for method in described.methods}
    _demand(bool(methods), f"{name} has no method")
    await _refused(registry, name, "no such method", (), ErrorCode.METHOD_NOT_FOUND)
    for method in methods.values():
        await _check_method(registry, name, method)
    for called, args in (examples or {}).items():
        _demand(called in methods, f"{name} has no method {called}, but an example for it")
        await _check_call(registry, name, methods[called], args)
    await _check_places(extension, examples or {})


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


async def _check_call(
    registry: Registry, name: str, method: MethodDescription, args: Sequence[Json]
) -> None:
    place = f"{name}.{method.name}"
    # Once beforehand: what is imported and connected with the first call may take its time.
    await _succeeds(registry, name, method.name, args)
    pauses: list[float] = []
    # A machine that is busy otherwise makes pauses too, but not each time.
    while len(pauses) < _TRIES and min(pauses, default=math.inf) > MAX_BLOCKED:
        watchdog = asyncio.create_task(_longest_pause())
        await asyncio.sleep(0)
        await _succeeds(registry, name, method.name, args)
        watchdog.cancel()
        pauses.append(await watchdog)
    _demand(min(pauses) <= MAX_BLOCKED, f"{place} blocks the event loop for {min(pauses):.2f} s")
    await _check_cancellation(registry, name, method.name, args)


async def _succeeds(registry: Registry, name: str, method: str, args: Sequence[Json]) -> None:
    try:
        async with asyncio.timeout(_PATIENCE):
            await registry.call(name, method, args, CONTEXT)
    except ExtensionError as error:
        raise AssertionError(f"{name}.{method} fails with its example: {error}") from error
    except TimeoutError:
        message = f"{name}.{method} does not end within {_PATIENCE:g} s with its example"
        raise AssertionError(message) from None


async def _longest_pause() -> float:
    """Return, when it is cancelled, the longest time for which it was not let run."""
    longest, last = 0.0, time.perf_counter()
    with contextlib.suppress(asyncio.CancelledError):
        while True:
            await asyncio.sleep(0.005)
            now = time.perf_counter()
            longest, last = max(longest, now - last), now
    return max(longest, time.perf_counter() - last)


async def _check_cancellation(
    registry: Registry, name: str, method: str, args: Sequence[Json]
) -> None:
    """Cancel a call as early as it can be, and see that it ends, and not with an answer."""
    call = asyncio.create_task(registry.call(name, method, args, CONTEXT))
    await asyncio.sleep(0)
    if call.done():
        await asyncio.wait((call,))
        return
    call.cancel()
    done, _ = await asyncio.wait((call,), timeout=_PATIENCE)
    _demand(bool(done), f"{name}.{method} goes on when it is cancelled")
    _demand(call.cancelled(), f"{name}.{method} answers although it was cancelled")


async def _check_places(extension: Extension, examples: Mapping[str, Sequence[Json]]) -> None:
    """Make calls at once with one place for all of them, and see that each has its turn."""
    alone = Registry([extension], quotas={extension.name: Quota(concurrent=1)})
    for called, args in examples.items():
        await asyncio.gather(
            *(_succeeds(alone, extension.name, called, args) for _ in range(_AT_ONCE))
        )


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
