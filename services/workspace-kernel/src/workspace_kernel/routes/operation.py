"""Operations of the REST interface as data: what is served is what the document describes.

An operation names its models; this module reads the request by them, prints the answer by them, and
turns the table into routes. Who may ask for one is in ``auth.permissions``: what has no row there
is not served. ``openapi`` turns the same table into the document.
"""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Final, Generic, Literal, TypeAlias, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from nexus_protocol import ErrorCode, Model
from nexus_protocol.strict_json import decode, encode
from workspace_kernel.auth.gate import Gate, address_of
from workspace_kernel.auth.permissions import Access, MissingRuleError, Rule, rule_of_route
from workspace_kernel.auth.principals import NOBODY, Principal
from workspace_kernel.errors import KernelError, missing_address, wrong_method
from workspace_kernel.kernel import Kernel
from workspace_kernel.routes import conditions, cursors
from workspace_kernel.services.answers import KeptAnswer
from workspace_kernel.services.archives import MEDIA_TYPE as ARCHIVE
from workspace_kernel.services.audit import Caller
from workspace_kernel.services.people import People
from workspace_kernel.settings import Settings

Body = TypeVar("Body")
Method = Literal["GET", "POST", "PUT", "DELETE"]

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
_LONG: Final = 1 << 16
"""Bodies beyond it are read beside the event loop: nobody else waits for them."""
_DIGITS: Final = 16
"""Fewer than these: JavaScript tells such numbers apart, and so do both databases."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: a model or an archive, its status, and headers such as an ETag."""

    content: BaseModel | bytes | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """A request that was read."""

    kernel: Kernel
    operation: str
    """Its name."""
    request: Request
    body: Body
    principal: Principal
    """Who asks."""

    def path(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])

    def header(self, name: str) -> str | None:
        """Return a header."""
        return self.request.headers.get(name)

    def query(self, name: str) -> str | None:
        """Return a parameter of the query."""
        return self.request.query_params.get(name)

    @property
    def caller(self) -> Caller:
        """Who asks, as the audit log names them."""
        return Caller(address_of(self.request), self.principal.user)

    @property
    def people(self) -> People:
        """The accounts of the kernel.

        Raises:
            KernelError: NOT_FOUND, nobody logs in here.

        """
        if self.kernel.people is None:
            raise KernelError(ErrorCode.NOT_FOUND, "This kernel has no accounts.")
        return self.kernel.people

    @property
    def cursor(self) -> str | None:
        """The key after which the page begins that is asked for.

        Raises:
            KernelError: INVALID_ARGUMENTS, the cursor is none of this list; BAD_REQUEST.

        """
        given = self.query("cursor")
        if given is None:
            return None
        if not 0 < len(given) <= cursors.MAX_LENGTH:
            raise KernelError(ErrorCode.BAD_REQUEST, "A cursor is the nextCursor of a page.")
        return cursors.unseal(self.operation, given)

    @property
    def number(self) -> int | None:
        """The cursor of a list that is ordered by number."""
        key = self.cursor
        if key is not None and not (key.isascii() and key.isdigit() and len(key) < _DIGITS):
            raise cursors.foreign()
        return None if key is None else int(key)

    def query_number(self, name: str) -> int | None:
        """Return a number that is asked with, if it is there."""
        given = self.query(name)
        if given is not None and not (given.isascii() and given.isdigit() and len(given) < _DIGITS):
            raise KernelError(ErrorCode.BAD_REQUEST, f"{name} is a number from 0.")
        return None if given is None else int(given)

    @property
    def limit(self) -> int:
        """How many items are asked for."""
        limit = DEFAULT_LIMIT if (given := self.query_number("limit")) is None else given
        if not 0 < limit <= MAX_LIMIT:
            raise KernelError(ErrorCode.BAD_REQUEST, f"limit is a number from 1 to {MAX_LIMIT}.")
        return limit


@dataclass(frozen=True, slots=True)
class Query:
    """A parameter of the query, and what it does."""

    name: str
    what: str
    values: tuple[str, ...] = ()
    """What it may be, where it may not be any text."""
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: Method
    path: str
    name: str
    summary: str
    handler: Callable[[Call[object]], Awaitable[Answer]]
    body: type[Model] | type[bytes] | None = None
    """What is sent: a model as JSON, or bytes, which are an archive."""
    answers: Mapping[int, type[BaseModel] | type[bytes] | None]
    errors: tuple[ErrorCode, ...] = ()
    paged: bool = False
    tagged: bool = False
    """Whether its success has an ETag, and is not sent again to who holds it."""
    numbers: tuple[tuple[str, str], ...] = ()
    """Numbers in the query, with what they do."""
    makes: bool = False
    """Whether a repetition under the same Idempotency-Key is answered as before; what it answers
    is stored, so it tells no secrets."""
    headers: tuple[tuple[str, str], ...] = ()
    """Request headers that matter, with what they do."""
    queries: tuple[Query, ...] = ()
    """Parameters of the query, beside those of paging."""


Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
KernelOf: TypeAlias = Callable[[Request], Kernel]


class Resource:
    """One address, as an ASGI application: what it answers to which method.

    Without anything to answer it is no address.
    """

    def __init__(self, endpoints: Mapping[str, Endpoint]) -> None:
        get = endpoints.get("GET")
        self._endpoints = {**endpoints, **({"HEAD": get} if get else {})}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            KernelError: METHOD_NOT_ALLOWED, NOT_FOUND, and whatever the endpoint raises.

        """
        if not self._endpoints:
            raise missing_address()
        request = Request(scope, receive, send)
        endpoint = self._endpoints.get(request.method)
        if endpoint is None:
            raise wrong_method(request.method, sorted(self._endpoints))
        await (await endpoint(request))(scope, receive, send)


def routes(operations: Iterable[Operation], kernel_of: KernelOf) -> list[Route]:
    """Serve operations, one route for each path.

    Raises:
        MissingRuleError: the table of permissions has no row for one, or not one for its path.

    """
    by_path: defaultdict[str, dict[str, Endpoint]] = defaultdict(dict)
    for operation in operations:
        by_path[operation.path][operation.method] = _endpoint(operation, kernel_of)
    return [Route(path, Resource(endpoints)) for path, endpoints in by_path.items()]


def guarded(path: str, name: str, handler: Endpoint, kernel_of: KernelOf) -> Route:
    """Serve what is no operation, by its row in the table of permissions all the same.

    Raises:
        MissingRuleError: the table has none.

    """
    rule = rule_of_route(name)

    async def endpoint(request: Request) -> Response:
        await admitted(request, rule, kernel_of(request).gate)
        return await handler(request)

    return Route(path, Resource({"GET": endpoint}), name=name)


def _endpoint(operation: Operation, kernel_of: KernelOf) -> Endpoint:
    rule = rule_of_route(operation.name)
    if (rule.access >= Access.VIEWER) != ("{workspace}" in operation.path):
        raise MissingRuleError(f"{operation.name} needs a role, and its path names no workspace")

    async def endpoint(request: Request) -> Response:
        kernel = kernel_of(request)
        principal = await admitted(request, rule, kernel.gate)
        body = await _body(request, operation.body, kernel.settings)
        call: Call[object] = Call(kernel, operation.name, request, body, principal)
        key = request.headers.get("idempotency-key") if operation.makes else None
        if key is None:
            return _response(operation, request, await operation.handler(call))
        return await _once(operation, call, conditions.required_key(key))

    return endpoint


async def _once(operation: Operation, call: Call[object], key: str) -> Response:
    """Answer a request that makes something, or answer it again as before."""

    async def make() -> KeptAnswer:
        answer = await operation.handler(call)
        body = answer.content.model_dump_json() if isinstance(answer.content, BaseModel) else ""
        return KeptAnswer(status=answer.status, headers=dict(answer.headers), body=body)

    caller = call.principal.user or "local"
    kept = await call.kernel.answers.once(caller, key, _asked(call), make)
    headers = {"cache-control": "no-store", **kept.headers}
    return Response(kept.body, kept.status, headers, media_type="application/json")


def _asked(call: Call[object]) -> bytes:
    """Return all that tells a request from another one under the same key."""
    url = call.request.url
    query = f"?{url.query}" if url.query else ""
    match call.body:
        case BaseModel() as model:
            content = model.model_dump_json().encode()
        case bytes() as content:
            pass
        case _:
            content = b""
    return f"{call.request.method} {url.path}{query}\n".encode() + content


async def admitted(request: Request, rule: Rule, gate: Gate) -> Principal:
    """Return who asks, if they may.

    Raises:
        KernelError: UNAUTHENTICATED, PERMISSION_DENIED, NOT_FOUND, RESOURCE_LIMIT.

    """
    if rule.access is Access.ANYONE:
        return NOBODY
    principal = await gate.admit(await gate.identify(request), rule)
    if rule.access >= Access.VIEWER:
        await gate.standing(principal, rule, str(request.path_params["workspace"]))
    return principal


async def _body(
    request: Request, model: type[Model] | type[bytes] | None, settings: Settings
) -> Model | bytes | None:
    if model is None:
        return None
    wanted = ARCHIVE if issubclass(model, bytes) else "application/json"
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != wanted:
        raise KernelError(ErrorCode.UNSUPPORTED_MEDIA_TYPE, f"The body has to be {wanted}.")
    limit = settings.body_bytes
    try:
        async with asyncio.timeout(settings.body_seconds):
            content = await _read(request, limit)
    except TimeoutError:
        raise KernelError(ErrorCode.REQUEST_TIMEOUT, "The body did not arrive in time.") from None
    if issubclass(model, bytes):
        return content
    read = partial(_model, model, content, limit)
    return await asyncio.to_thread(read) if len(content) > _LONG else read()


def _model(model: type[Model], content: bytes, limit: int) -> Model:
    text = encode(decode(content, max_bytes=limit))
    # To the letter of the schema: "1" is no number, 2.0 is an integer, names are spelled as told.
    return model.model_validate_json(text, strict=True, by_alias=True, by_name=False)


async def _read(request: Request, limit: int) -> bytes:
    """Read a body, and no more of it than is allowed."""
    read = bytearray()
    async for chunk in request.stream():
        read += chunk
        if len(read) > limit:
            raise KernelError(
                ErrorCode.PAYLOAD_TOO_LARGE, f"The body is longer than {limit} bytes."
            )
    return bytes(read)


def _response(operation: Operation, request: Request, answer: Answer) -> Response:
    headers = {"cache-control": "no-store", **answer.headers}
    if answer.content is None:
        return Response(status_code=answer.status, headers=headers)
    if isinstance(answer.content, bytes):
        return Response(answer.content, answer.status, headers, media_type=ARCHIVE)
    content = _sealed(operation, answer.content).model_dump_json().encode()
    if operation.tagged:
        etag = headers.setdefault("etag", conditions.tag_of(content))
        if conditions.is_held(request.headers.get("if-none-match"), etag):
            return Response(status_code=304, headers=headers)
    return Response(content, answer.status, headers, media_type="application/json")


def _sealed(operation: Operation, content: BaseModel) -> BaseModel:
    """Make the key that a list goes on after a cursor of that list."""
    key: str | None = getattr(content, "next_cursor", None) if operation.paged else None
    if key is None:
        return content
    return content.model_copy(update={"next_cursor": cursors.seal(operation.name, key)})


__all__ = [
    "DEFAULT_LIMIT",
    "MAX_LIMIT",
    "Answer",
    "Call",
    "Operation",
    "Query",
    "Resource",
    "guarded",
    "routes",
]
