"""Who may speak to the kernel, and what browsers are told about every answer.

Without logins the kernel trusts this machine, so a web page elsewhere must not reach it: not by a
foreign Origin, and not by a host name that it points here (DNS rebinding). A page of an origin that
the operator names may read answers (CORS), with tokens only: cookies are never sent for it. What a
request asks is not known here.
"""

import asyncio
import contextlib
import re
import secrets
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocket

from nexus_protocol import ErrorCode
from workspace_kernel.errors import STATUS, Failure, FailureBody, KernelError, missing_address
from workspace_kernel.settings import LOOPBACK_NAMES
from workspace_kernel.telemetry import Telemetry

TRACE: Final = "nexus.trace_id"
"""Where a request's scope holds its trace id."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_STAYS: Final = frozenset({"/health", "/metrics"})
"""What a kernel answers that is about to end."""

MAX_URL_BYTES: Final = 8 << 10
MAX_HEADER_BYTES: Final = 32 << 10
_PREFLIGHT_SECONDS: Final = 600
_RETRY_SECONDS: Final = 5

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}


_ENDING: Final = frozenset({ErrorCode.PAYLOAD_TOO_LARGE, ErrorCode.REQUEST_TIMEOUT})
"""What is refused before all of it was read: the rest is not waited for."""
_EXPOSED: Final = "etag, location, retry-after"
_PREFLIGHT: Final = {
    "access-control-allow-methods": "GET, HEAD, POST, PUT, DELETE",
    "access-control-allow-headers": "authorization, content-type, idempotency-key, if-match, "
    "if-none-match, traceparent",
    "access-control-max-age": str(_PREFLIGHT_SECONDS),
}


def content_security_policy(nonce: str | None = None) -> str:
    """Return the policy of every answer; the nonce lets the editor add its style sheet."""
    styles = f"'self' 'nonce-{nonce}'" if nonce else "'self'"
    return (
        f"default-src 'none'; script-src 'self'; style-src {styles}; connect-src 'self'; "
        "img-src 'self' data:; font-src 'self'; base-uri 'none'; form-action 'self'; "
        "frame-ancestors 'none'"
    )


@dataclass(frozen=True, slots=True)
class Origins:
    """From where browsers may speak to the kernel."""

    hosts: frozenset[str]
    origins: frozenset[str]

    @classmethod
    def of(cls, hosts: Iterable[str], origins: Iterable[str]) -> "Origins":
        """Allow these, beside loopback and the kernel's own pages."""
        return cls(
            LOOPBACK_NAMES | {host.lower() for host in hosts},
            frozenset(origin.lower().rstrip("/") for origin in origins),
        )

    def admits(self, origin: str | None) -> bool:
        """Tell whether a page of an origin elsewhere may read what is answered."""
        return origin is not None and origin.lower() in self.origins

    def refusal(self, headers: Headers, method: str | None) -> KernelError | None:
        """Say why a request is refused; ``method`` is None for a WebSocket's handshake."""
        host = headers.get("host", "").lower()
        name = _HOST.fullmatch(host)
        if name is None or name["name"] not in self.hosts:
            return KernelError(
                ErrorCode.FORBIDDEN_ORIGIN,
                "This kernel does not answer to that host name; see the setting allowed_hosts.",
            )
        origin = headers.get("origin")
        if method in _SAFE or origin is None:
            # Browsers name the origin of whatever could change something; other programs need not,
            # and they can do what this user can do.
            return None
        own = {f"http://{host}", f"https://{host}"}
        if origin.lower() in own or self.admits(origin):
            return None
        return KernelError(
            ErrorCode.FORBIDDEN_ORIGIN,
            "Pages of that origin may not do this; see the setting allowed_origins.",
        )


class Guard:
    """The outermost layer: refuses strangers, names the trace, adds headers, times requests."""

    def __init__(self, app: ASGIApp, origins: Origins, telemetry: Telemetry) -> None:
        self._app = app
        self._origins = origins
        self._telemetry = telemetry
        self._requests = 0
        self._draining = False
        self._idle = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, handshake or lifespan."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope[TRACE] = _trace(headers)
        refusal = self._refusal(scope, headers)
        protected = self._protected(send, headers)
        if scope["type"] == "websocket":
            await self._handshake(scope, receive, protected, refusal)
        else:
            await self._request(scope, receive, protected, refusal)

    async def drain(self, seconds: float) -> None:
        """Take nothing new from now on, and wait until what is under way has its answer."""
        self._draining = True
        if self._requests == 0:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._idle.wait()

    def _refusal(self, scope: Scope, headers: Headers) -> KernelError | None:
        if self._draining and scope["path"] not in _STAYS:
            return KernelError(
                ErrorCode.UNAVAILABLE, "This kernel is about to end.", retry_after=_RETRY_SECONDS
            )
        return _unreadable(scope) or self._origins.refusal(headers, scope.get("method"))

    async def _handshake(
        self, scope: Scope, receive: Receive, send: Send, refusal: KernelError | None
    ) -> None:
        if refusal is None:
            await self._app(scope, receive, send)
        else:
            await refuse_handshake(WebSocket(scope, receive, send), refusal)

    async def _request(
        self, scope: Scope, receive: Receive, send: Send, refusal: KernelError | None
    ) -> None:
        began = time.perf_counter()
        status = 500

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        self._requests += 1
        try:
            await self._answering(scope, refusal)(scope, receive, noted)
        finally:
            self._requests -= 1
            if self._draining and self._requests == 0:
                self._idle.set()
            route = getattr(scope.get("route"), "path", "none")
            self._telemetry.requests.labels(_method(scope), route, status).observe(
                time.perf_counter() - began
            )

    def _answering(self, scope: Scope, refusal: KernelError | None) -> ASGIApp:
        if refusal is not None:
            return failure_response(HTTPConnection(scope), refusal)
        headers = Headers(scope=scope)
        asked = headers.get("access-control-request-method")
        if scope["method"] == "OPTIONS" and asked and self._origins.admits(headers.get("origin")):
            return Response(status_code=204, headers=_PREFLIGHT)
        return self._app

    def _protected(self, send: Send, asked: Headers) -> Send:
        """Add what browsers are told to whatever answer passes."""
        added = dict(_HEADERS)
        if self._origins.origins:
            added["vary"] = "origin"
        if self._origins.admits(origin := asked.get("origin")):
            added["access-control-allow-origin"] = str(origin)
            added["access-control-expose-headers"] = _EXPOSED

        async def protected(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.http.response.start"):
                protect(MutableHeaders(scope=message), added)
            await send(message)

        return protected


def protect(headers: MutableHeaders, added: Mapping[str, str] = _HEADERS) -> None:
    """Add the security headers to those of an answer."""
    for name, value in added.items():
        headers.setdefault(name, value)
    headers.setdefault("content-security-policy", content_security_policy())


def trace_id(scope: Mapping[str, object]) -> str:
    """Return the trace id of a request."""
    return str(scope[TRACE])


def failure_response(request: HTTPConnection, error: KernelError) -> Response:
    """Say no in the one shape that errors have."""
    failure = Failure(
        code=error.code,
        message=error.message,
        details=error.details,
        trace_id=trace_id(request.scope),
    )
    headers = {"cache-control": "no-store"}
    if error.code is ErrorCode.UNAUTHENTICATED:
        headers["www-authenticate"] = "Bearer"
    if error.retry_after is not None:
        headers["retry-after"] = str(error.retry_after)
    if error.allow:
        headers["allow"] = ", ".join(error.allow)
    if error.code in _ENDING:
        headers["connection"] = "close"
    return Response(
        FailureBody(error=failure).to_json(),
        status_code=STATUS.get(error.code, 500),
        media_type="application/json",
        headers=headers,
    )


async def refuse_handshake(websocket: WebSocket, error: KernelError) -> None:
    """Answer a WebSocket's handshake with an HTTP status instead."""
    await websocket.send_denial_response(failure_response(websocket, error))


def _unreadable(scope: Scope) -> KernelError | None:
    """Say what is wrong with the head of a request, whatever it asks."""
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    query: bytes = scope["query_string"]
    if len(path) + len(query) > MAX_URL_BYTES:
        return KernelError(
            ErrorCode.URI_TOO_LONG, f"The address is longer than {MAX_URL_BYTES} bytes."
        )
    if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADER_BYTES:
        return KernelError(
            ErrorCode.HEADERS_TOO_LARGE, f"The headers are longer than {MAX_HEADER_BYTES} bytes."
        )
    # No name has a NUL in it, and PostgreSQL takes none.
    if "\0" in scope["path"]:
        return missing_address()
    if b"%00" in query:
        return KernelError(ErrorCode.BAD_REQUEST, "There is a NUL in the address.")
    return None


def _trace(headers: Headers) -> str:
    match = _TRACEPARENT.fullmatch(headers.get("traceparent", ""))
    return match[1] if match else secrets.token_hex(16)


def _method(scope: Scope) -> str:
    method: str = scope["method"]
    return method if method in ("GET", "HEAD", "POST", "PUT", "DELETE") else "other"


__all__ = [
    "Guard",
    "Origins",
    "content_security_policy",
    "failure_response",
    "protect",
    "refuse_handshake",
    "trace_id",
]
