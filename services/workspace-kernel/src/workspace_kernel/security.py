"""Who may speak to the kernel, and what browsers are told about every answer.

Without logins the kernel trusts this machine, so a web page elsewhere must not reach it: not by a
foreign Origin, and not by a host name that it points here (DNS rebinding). What a request asks is
not known here.
"""

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
from workspace_kernel.errors import STATUS, Failure, FailureBody, KernelError
from workspace_kernel.settings import LOOPBACK_NAMES
from workspace_kernel.telemetry import Telemetry

TRACE: Final = "nexus.trace_id"
"""Where a request's scope holds its trace id."""

_TRACEPARENT: Final = re.compile(r"[0-9a-f]{2}-([0-9a-f]{32})-[0-9a-f]{16}-[0-9a-f]{2}")
_HOST: Final = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::[0-9]{1,5})?")
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})

_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
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
        if origin.lower() in own or origin.lower() in self.origins:
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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, handshake or lifespan."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        scope[TRACE] = _trace(headers)
        refusal = self._origins.refusal(headers, scope.get("method"))
        if scope["type"] == "websocket":
            await self._handshake(scope, receive, _protected(send), refusal)
        else:
            await self._request(scope, receive, _protected(send), refusal)

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

        try:
            if refusal is None:
                await self._app(scope, receive, noted)
            else:
                await failure_response(HTTPConnection(scope), refusal)(scope, receive, noted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._telemetry.requests.labels(_method(scope), route, status).observe(
                time.perf_counter() - began
            )


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
    return Response(
        FailureBody(error=failure).to_json(),
        status_code=STATUS.get(error.code, 500),
        media_type="application/json",
        headers=headers,
    )


async def refuse_handshake(websocket: WebSocket, error: KernelError) -> None:
    """Answer a WebSocket's handshake with an HTTP status instead."""
    await websocket.send_denial_response(failure_response(websocket, error))


def _protected(send: Send) -> Send:
    """Add the security headers to whatever answer passes."""

    async def protected(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("content-security-policy", content_security_policy())
        await send(message)

    return protected


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
    "refuse_handshake",
    "trace_id",
]
