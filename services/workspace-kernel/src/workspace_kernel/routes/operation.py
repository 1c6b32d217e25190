"""Operations of the REST interface as data: what is served is what the document describes.

An operation names its models; this module reads the request by them, prints the answer by them, and
turns the table into routes. Who may ask for one is in ``auth.permissions``: what has no row there
is not served. ``openapi`` turns the same table into the document.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Generic, Literal, TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from nexus_protocol import ErrorCode, Model
from nexus_protocol.strict_json import decode
from workspace_kernel.auth.gate import Gate, address_of
from workspace_kernel.auth.permissions import Access, MissingRuleError, Rule, rule_of_route
from workspace_kernel.auth.principals import NOBODY, Principal
from workspace_kernel.errors import KernelError
from workspace_kernel.kernel import Kernel
from workspace_kernel.services.audit import Caller
from workspace_kernel.services.people import People

Body = TypeVar("Body")
Method = Literal["GET", "POST", "PUT", "DELETE"]

DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


@dataclass(frozen=True, slots=True)
class Answer:
    """A success: a model, its status, and headers such as an ETag."""

    content: BaseModel | None
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True)
class Call(Generic[Body]):
    """A request that was read."""

    kernel: Kernel
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
        """Where the page begins that is asked for."""
        return self.request.query_params.get("cursor")

    @property
    def number(self) -> int | None:
        """The cursor of a list that is ordered by number."""
        cursor = self.cursor
        if cursor is None:
            return None
        if not (cursor.isascii() and cursor.isdigit() and len(cursor) < 18):
            raise KernelError(ErrorCode.BAD_REQUEST, "The cursor is not one of this list.")
        return int(cursor)

    def query_number(self, name: str) -> int | None:
        """Return a number that is asked with, if it is there."""
        given = self.request.query_params.get(name)
        if given is not None and not (given.isascii() and given.isdigit() and len(given) < 16):
            raise KernelError(ErrorCode.BAD_REQUEST, f"{name} is a number from 0.")
        return None if given is None else int(given)

    @property
    def limit(self) -> int:
        """How many items are asked for."""
        given = self.request.query_params.get("limit", str(DEFAULT_LIMIT))
        if not (given.isascii() and given.isdigit() and 0 < len(given) < 4):
            raise KernelError(ErrorCode.BAD_REQUEST, f"The limit is a number up to {MAX_LIMIT}.")
        return max(1, min(int(given), MAX_LIMIT))


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path."""

    method: Method
    path: str
    name: str
    summary: str
    handler: Callable[[Call[object]], Awaitable[Answer]]
    body: type[Model] | None = None
    answers: Mapping[int, type[BaseModel] | None]
    errors: tuple[ErrorCode, ...] = ()
    paged: bool = False
    numbers: tuple[tuple[str, str], ...] = ()
    """Numbers in the query, with what they do."""
    headers: tuple[tuple[str, str], ...] = ()
    """Request headers that matter, with what they do."""
    queries: tuple[tuple[str, str], ...] = ()
    """Parameters of the query, beside those of paging, with what they do."""


def route(operation: Operation, kernel_of: Callable[[Request], Kernel]) -> Route:
    """Serve an operation.

    Raises:
        MissingRuleError: the table of permissions has no row for it, or not one for its path.

    """
    rule = rule_of_route(operation.name)
    if (rule.access >= Access.VIEWER) != ("{workspace}" in operation.path):
        raise MissingRuleError(f"{operation.name} needs a role, and its path names no workspace")

    async def endpoint(request: Request) -> Response:
        kernel = kernel_of(request)
        principal = await admitted(request, rule, kernel.gate)
        body = await _body(request, operation.body, kernel.settings.body_bytes)
        answer = await operation.handler(Call(kernel, request, body, principal))
        return _response(answer)

    return Route(operation.path, endpoint, methods=[operation.method], name=operation.name)


def guarded(
    path: str,
    name: str,
    handler: Callable[[Request], Awaitable[Response]],
    kernel_of: Callable[[Request], Kernel],
) -> Route:
    """Serve what is no operation, by its row in the table of permissions all the same.

    Raises:
        MissingRuleError: the table has none.

    """
    rule = rule_of_route(name)

    async def endpoint(request: Request) -> Response:
        await admitted(request, rule, kernel_of(request).gate)
        return await handler(request)

    return Route(path, endpoint, name=name)


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


async def _body(request: Request, model: type[Model] | None, limit: int) -> Model | None:
    if model is None:
        return None
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise KernelError(ErrorCode.BAD_REQUEST, "The body has to be application/json.")
    return model.model_validate(decode(await _read(request, limit), max_bytes=limit))


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


def _response(answer: Answer) -> Response:
    headers = {"cache-control": "no-store", **answer.headers}
    if answer.content is None:
        return Response(status_code=answer.status, headers=headers)
    text = answer.content.model_dump_json()
    return Response(text, answer.status, headers, media_type="application/json")


__all__ = ["DEFAULT_LIMIT", "MAX_LIMIT", "Answer", "Call", "Operation", "guarded", "route"]
