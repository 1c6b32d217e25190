"""Let handlers make HTTP requests to what the operator allows, and to nothing else.

``await $ext.http.get("https://api.example.com/v1/items")`` answers ``{status, ok, headers, data,
text}``. The way of a request: its URL is read strictly and compared with the allow-list, its host
is resolved once, every address of the answer must be public, the connection goes to one of those
addresses, and a redirect begins again at the start. Reading and comparing URLs is in ``_urls``,
the bytes on the wire are in ``_transport``.
"""

import asyncio
import re
import socket
import ssl
from base64 import b64decode, b64encode
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Annotated, ClassVar, Final, Literal, TypeAlias
from urllib.parse import urljoin

from pydantic import Field

from nexus_core.extensions._addresses import Address, Network, is_public
from nexus_core.extensions._urls import (
    Origin,
    Url,
    UrlError,
    parse_rules,
    parse_url,
    resolve_url,
)
from nexus_core.extensions.extension import (
    CallContext,
    Extension,
    ExtensionError,
    Quota,
    method,
)
from nexus_protocol import strict_json
from nexus_protocol._model import Json, Model
from nexus_protocol.errors import ErrorCode
from nexus_protocol.expressions import FORBIDDEN_PROPERTIES

if TYPE_CHECKING:
    from nexus_core.extensions._transport import Connector, Incoming, Outgoing

Resolver: TypeAlias = Callable[[str, int], Awaitable[Sequence[str]]]
"""Answer the addresses of a name, for a port."""

MAX_TIMEOUT: Final = 120.0

_HEADER_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_HEADER_VALUE: Final = re.compile(r"[\t\x20-\x7e]*")
_MAX_HEADERS: Final = 64
_MAX_HEADER_BYTES: Final = 16 << 10
_FORBIDDEN_HEADERS: Final = frozenset({
    "accept-encoding", "connection", "content-length", "cookie", "expect", "host", "keep-alive",
    "te", "trailer", "transfer-encoding", "upgrade", "via",
})  # fmt: skip
_HARMLESS_HEADERS: Final = frozenset({"accept", "accept-language", "content-type", "user-agent"})
"""What may follow a redirect to another origin: anything else could be a credential."""

_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_BODILESS: Final = frozenset({"content-type", "content-language"})
_LATIN: Final = re.compile(r"charset=\"?(iso-8859-1|latin-?1|windows-1252)", re.IGNORECASE)

_WITHHELD: Final = FORBIDDEN_PROPERTIES | {"set-cookie", "set-cookie2"}
"""Headers of a response that a handler does not see: a session is a credential."""

Verb: TypeAlias = Literal["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


@dataclass(frozen=True, slots=True)
class HttpLimits:
    """The bounds of one request, its redirects included."""

    timeout: float = 30.0
    """Seconds in all, at most 120."""
    max_response_bytes: int = 1 << 20
    """Of the body when decoded; compressed, or in crumbs, it may take twice as many."""
    max_request_bytes: int = 1 << 20
    max_redirects: int = 5


class Options(Model):
    """What a handler may add to a request."""

    headers: dict[str, str] = Field(default_factory=dict)
    timeout_ms: Annotated[float, Field(gt=0, le=MAX_TIMEOUT * 1000)] | None = None
    body_type: Literal["auto", "base64"] = "auto"
    """``base64`` for a body that is sent as the bytes which its text stands for."""
    response_type: Literal["auto", "base64"] = "auto"
    """``base64`` to be given the response's bytes as text in ``data``."""


class Request(Options):
    """A whole request in one object."""

    method: Verb = "GET"
    url: str
    body: Json = None


def _only_reads(request: Request) -> bool:
    # PUT and DELETE would end in the same state when repeated at once. After a restart somebody
    # else may have written in between, and what they wrote would be lost.
    return request.method in ("GET", "HEAD", "OPTIONS")


class Answer(Model):
    """A response, whatever its status."""

    status: int
    ok: bool
    """Whether the status is one of success, 200 to 299."""
    headers: dict[str, str]
    """By lower-case names; cookies are withheld."""
    data: Json
    """The body when it is strict JSON, or as base64 when that was asked for; else null."""
    text: str
    """The body as text; empty when base64 was asked for."""


class HttpExtension(Extension):
    """``nexus.http``: HTTP requests to allowed origins."""

    name: ClassVar[str] = "nexus.http"
    quota: ClassVar[Quota] = Quota(
        concurrent=128, concurrent_per_panel=32, rate_per_panel=50, burst_seconds=4
    )

    def __init__(
        self,
        allow: Sequence[str] = (),
        base_url: str | None = None,
        *,
        private_networks: Sequence[str] = (),
        limits: HttpLimits | None = None,
        ssl_context: ssl.SSLContext | None = None,
        resolve: Resolver | None = None,
        connect: "Connector | None" = None,
    ) -> None:
        """Say what may be reached.

        Args:
            allow: Origins (``https://api.example.com``), each with an optional path below which
                everything is allowed (``…/v1``). A loopback or private host must be named here as
                what it is (``http://127.0.0.1:3000``, ``http://localhost:3000``).
            base_url: The origin that a URL such as ``/health`` is relative to. It is not thereby
                allowed.
            private_networks: Networks (``10.0.0.0/8``) into which an allowed name may resolve.
            limits: The bounds of one request.
            ssl_context: How servers are verified, when not by the well-known authorities.
            resolve: Another resolver than the system's.
            connect: Another way to open a TCP connection to a checked address.

        Raises:
            ValueError: an entry of ``allow``, ``private_networks`` or ``base_url`` is malformed.

        """
        self._allow = tuple(allow)
        self._rules = parse_rules(allow)
        self._base = _base(base_url)
        self._networks: tuple[Network, ...] = tuple(ip_network(each) for each in private_networks)
        self._limits = limits or HttpLimits()
        self._ssl_context = ssl_context
        self._resolve = resolve or resolve_name
        self._connect = connect

    def scopes(self) -> dict[str, Json]:
        """Return what may be reached."""
        return {"allow": list(self._allow), "privateNetworks": [str(n) for n in self._networks]}

    @method(timeout=MAX_TIMEOUT + 5, idempotent=True)
    async def get(self, context: CallContext, url: str, options: Options | None = None) -> Answer:
        """Read a URL."""
        return await self._fetch("GET", url, None, options)

    @method(timeout=MAX_TIMEOUT + 5)
    async def post(
        self, context: CallContext, url: str, body: Json = None, options: Options | None = None
    ) -> Answer:
        """Send a body to a URL: text as it is, anything else as JSON."""
        return await self._fetch("POST", url, body, options)

    @method(timeout=MAX_TIMEOUT + 5)
    async def put(
        self, context: CallContext, url: str, body: Json = None, options: Options | None = None
    ) -> Answer:
        """Store a body at a URL."""
        return await self._fetch("PUT", url, body, options)

    @method(timeout=MAX_TIMEOUT + 5)
    async def patch(
        self, context: CallContext, url: str, body: Json = None, options: Options | None = None
    ) -> Answer:
        """Change what is at a URL."""
        return await self._fetch("PATCH", url, body, options)

    @method(timeout=MAX_TIMEOUT + 5)
    async def delete(
        self, context: CallContext, url: str, options: Options | None = None
    ) -> Answer:
        """Remove what is at a URL."""
        return await self._fetch("DELETE", url, None, options)

    @method(timeout=MAX_TIMEOUT + 5, idempotent=_only_reads)
    async def request(self, context: CallContext, request: Request) -> Answer:
        """Make a request that is described in one object."""
        return await self._fetch(request.method, request.url, request.body, request)

    async def _fetch(self, verb: Verb, url: str, body: Json, options: Options | None) -> Answer:
        options = options or Options()
        seconds = min(self._limits.timeout, (options.timeout_ms or MAX_TIMEOUT * 1000) / 1000)
        request = self._outgoing(verb, url, body, options)
        try:
            async with asyncio.timeout(seconds):
                return _answer(await self._follow(request), options)
        except TimeoutError:
            message = f"{request.url.origin} took longer than {seconds * 1000:.0f} ms"
            raise ExtensionError(ErrorCode.TIMEOUT, message) from None

    def _outgoing(self, verb: Verb, url: str, body: Json, options: Options) -> "Outgoing":
        from nexus_core.extensions._transport import Outgoing

        headers, content = checked_headers(options.headers), None
        if body is not None:
            content, kind = _content(body, options)
            headers = {"content-type": kind, **headers}
        if content is not None and len(content) > self._limits.max_request_bytes:
            message = f"the body is longer than {self._limits.max_request_bytes} bytes"
            raise ExtensionError(ErrorCode.RESOURCE_LIMIT, message)
        return Outgoing(verb, self._allowed(url), headers, content)

    async def _follow(self, request: "Outgoing") -> "Incoming":
        for _ in range(self._limits.max_redirects + 1):
            response = await self._exchange(request)
            location = response.headers.get("location")
            if response.status not in _REDIRECTS or location is None:
                return response
            request = self._redirected(request, response.status, location)
        message = f"more than {self._limits.max_redirects} redirects"
        raise ExtensionError(ErrorCode.EXTENSION_ERROR, message)

    async def _exchange(self, request: "Outgoing") -> "Incoming":
        from nexus_core.extensions import _transport

        return await _transport.exchange(
            request,
            await self._addresses(request.url.origin),
            connect=self._connect or _transport.connect_tcp,
            ssl_context=self._ssl_context,
            max_bytes=self._limits.max_response_bytes,
        )

    def _redirected(self, request: "Outgoing", status: int, location: str) -> "Outgoing":
        try:
            # What has a scheme is read by our own reader alone; urljoin takes more for relative.
            absolute = _SCHEME.match(location)
            target = location if absolute else urljoin(str(request.url), location)
        except ValueError:
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, "redirected to no URL") from None
        url = self._allowed(target)
        headers, verb, body = request.headers, request.method, request.body
        if status == 303 or (status in (301, 302) and verb == "POST"):
            verb, body = ("HEAD" if verb == "HEAD" else "GET"), None
            headers = {name: text for name, text in headers.items() if name not in _BODILESS}
        if url.origin != request.url.origin:
            headers = {name: text for name, text in headers.items() if name in _HARMLESS_HEADERS}
        return replace(request, method=verb, url=url, headers=headers, body=body)

    def _allowed(self, text: str) -> Url:
        try:
            url = resolve_url(text, self._base)
        except UrlError as error:
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, f"refused: {error}") from None
        if not any(rule.allows(url) for rule in self._rules):
            message = f"refused: {str(url)[:200]} is not in the allow-list of {self.name}"
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, message)
        return url

    async def _addresses(self, origin: Origin) -> list[str]:
        """Resolve the host of an allowed origin, once, and return addresses that may be used."""
        if origin.address is not None:
            return [str(origin.address)]
        try:
            answers = [ip_address(each) for each in await self._resolve(origin.host, origin.port)]
        except (OSError, ValueError):
            answers = []
        if not answers:
            message = f"{origin.host} does not resolve to an address"
            raise ExtensionError(ErrorCode.EXTENSION_ERROR, message)
        if not all(self._may_reach(address, origin.host) for address in answers):
            message = f"refused: {origin.host} resolves to an address that is not public"
            raise ExtensionError(ErrorCode.PERMISSION_DENIED, message)
        return [str(address) for address in answers]

    def _may_reach(self, address: Address, host: str) -> bool:
        if host == "localhost" or host.endswith(".localhost"):
            return address.is_loopback
        return is_public(address) or any(address in network for network in self._networks)


async def resolve_name(host: str, port: int) -> Sequence[str]:
    """Ask the system's resolver: the ``Resolver`` of real life."""
    loop = asyncio.get_running_loop()
    answers = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[0]) for *_, address in answers))


def checked_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """Return a handler's request headers with lower-case names.

    Raises:
        ExtensionError: INVALID_ARGUMENTS for a header that is malformed, that frames or routes the
            message, or that is there twice, and for too many.

    """
    checked: dict[str, str] = {}
    for name, value in headers.items():
        lower, text = name.lower(), value.strip(" \t")
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(text):
            raise _refused_header(name, "is malformed")
        if lower in _FORBIDDEN_HEADERS or lower.startswith(("proxy-", "sec-")):
            raise _refused_header(name, "is not a handler's to set")
        if lower in checked:
            raise _refused_header(name, "is there twice")
        checked[lower] = text
    if len(checked) > _MAX_HEADERS or sum(map(len, checked.values())) > _MAX_HEADER_BYTES:
        raise _refused_header("…", f"are more than {_MAX_HEADERS} or {_MAX_HEADER_BYTES} bytes")
    return checked


def _refused_header(name: str, problem: str) -> ExtensionError:
    message = f"the request header {name[:64]!r} {problem}"
    return ExtensionError(ErrorCode.INVALID_ARGUMENTS, message)


def _base(base_url: str | None) -> Origin | None:
    if base_url is None:
        return None
    url = parse_url(base_url)
    if url.target != "/":
        raise UrlError(f"the base URL {base_url!r} is not an origin")
    return url.origin


def _content(body: Json, options: Options) -> tuple[bytes, str]:
    """Return a body's bytes and what they are when the handler does not say."""
    if options.body_type == "base64":
        try:
            return b64decode(str(body), validate=True), "application/octet-stream"
        except ValueError:
            message = "body: is not base64, as bodyType says"
            raise ExtensionError(ErrorCode.INVALID_ARGUMENTS, message) from None
    if isinstance(body, str):
        return body.encode(), "text/plain; charset=utf-8"
    return strict_json.encode(body).encode(), "application/json"


def _answer(response: "Incoming", options: Options) -> Answer:
    binary = options.response_type == "base64"
    return Answer(
        status=response.status,
        ok=200 <= response.status < 300,
        headers={
            name: value.replace("\0", "\ufffd")
            for name, value in response.headers.items()
            if name not in _WITHHELD
        },
        data=b64encode(response.body).decode() if binary else _data(response.body),
        text="" if binary else _text(response),
    )


def _text(response: "Incoming") -> str:
    kind = response.headers.get("content-type", "")
    encoding = "cp1252" if _LATIN.search(kind) else "utf-8"
    # U+0000 is text that nothing here stores; the state it may end up in is strict JSON.
    return response.body.decode(encoding, errors="replace").replace("\0", "\ufffd")


def _data(body: bytes) -> Json:
    try:
        return strict_json.decode(body, max_bytes=len(body))
    except strict_json.JsonError:
        return None


__all__ = [
    "Answer",
    "HttpExtension",
    "HttpLimits",
    "Options",
    "Request",
    "Resolver",
    "resolve_name",
]
