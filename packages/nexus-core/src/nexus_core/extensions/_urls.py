"""Read a URL once, strictly, and compare it with what the operator allows.

The parts found here are the parts that are connected to: no second parser reads the text, so there
is nothing for two parsers to disagree about. What a name resolves to is not known here.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final
from urllib.parse import quote, unquote

from nexus_core.extensions._addresses import Address

MAX_URL: Final = 8192

_URL: Final = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#]*)"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?(?P<fragment>#.*)?",
    re.IGNORECASE,
)
_AUTHORITY: Final = re.compile(
    r"(?:\[(?P<v6>[0-9A-Fa-f:.]+)\]|(?P<name>[^:@\[\]]+))(?::(?P<port>[0-9]{1,5}))?"
)
_NAME: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")
_NUMBER: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)")
"""A name that some resolvers read as an address: its last label is a number."""

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_KEPT: Final = "!$%&'()*+,-./:;=?@_~[]"
_MAX_ENCODINGS: Final = 3


class UrlError(ValueError):
    """Raised when a text is not a URL that may be requested."""


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port, in the one spelling by which origins are compared."""

    scheme: str
    host: str
    """A lower-case ASCII name, or an address without brackets."""
    port: int

    @property
    def address(self) -> Address | None:
        """The host as an address, or ``None`` when it is a name."""
        if ":" in self.host:
            return IPv6Address(self.host)
        return IPv4Address(self.host) if _NUMBER.fullmatch(self.host) else None

    @property
    def authority(self) -> str:
        """The host, bracketed where needed, with a port that is not the default."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"


@dataclass(frozen=True, slots=True)
class Url:
    """An absolute http or https URL without a fragment."""

    origin: Origin
    path: str
    query: str
    """With its ``?``, or empty."""

    @property
    def target(self) -> str:
        """What the request line names."""
        return self.path + self.query

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def parse_url(text: str) -> Url:
    """Read an absolute URL.

    Raises:
        UrlError: another scheme, user information, a host in a form that resolvers read
            differently, dot segments, white space, control characters or a backslash.

    """
    if len(text) > MAX_URL:
        raise UrlError(f"a URL of more than {MAX_URL} characters")
    if not text.isprintable() or " " in text or "\\" in text:
        raise UrlError("a URL with white space, a control character or a backslash")
    match = _URL.fullmatch(text)
    if match is None:
        raise UrlError("not an absolute http or https URL")
    scheme = match["scheme"].lower()
    path, query = (quote(match[part] or "", safe=_KEPT) for part in ("path", "query"))
    _check_segments(path)
    return Url(_origin(scheme, match["authority"]), path or "/", query)


def resolve_url(text: str, base: Origin | None) -> Url:
    """Read a URL that may be relative to an origin, such as ``/health``.

    Raises:
        UrlError: as for ``parse_url``, or relative where there is no base.

    """
    if not text.startswith("/") or text.startswith("//"):
        return parse_url(text)
    if base is None:
        raise UrlError("a relative URL, and no base URL is configured")
    return parse_url(f"{base}{text}")


def _origin(scheme: str, authority: str) -> Origin:
    if "@" in authority:
        raise UrlError("a URL with user information")
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        raise UrlError("a URL without a proper host and port")
    port = int(match["port"]) if match["port"] else _DEFAULT_PORTS[scheme]
    if not 0 < port < 1 << 16:
        raise UrlError("a URL with an impossible port")
    host = _ipv6(match["v6"]) if match["v6"] else _name(match["name"])
    return Origin(scheme, host, port)


def _ipv6(text: str) -> str:
    try:
        return str(IPv6Address(text))
    except AddressValueError:
        raise UrlError("a host that is not an IPv6 address") from None


def _name(text: str) -> str:
    name = (text if text.isascii() else _idna(text)).lower()
    if len(name) > 253 or not _NAME.fullmatch(name):
        raise UrlError("a host that is not a name")
    if _NUMBER.fullmatch(name):
        try:
            return str(IPv4Address(name))
        except AddressValueError:
            raise UrlError("a host that is a number, but not an IPv4 address") from None
    return name


def _idna(text: str) -> str:
    import idna

    try:
        return idna.encode(text[:254], uts46=True).decode("ascii")
    except idna.IDNAError:
        raise UrlError("a host that is not an internationalised name") from None


def _check_segments(path: str) -> None:
    """Refuse what a server might read as ``..``, and so as a path outside an allowed one."""
    for _ in range(_MAX_ENCODINGS):
        segments = re.split(r"[/\\]", path)
        if any(segment.partition(";")[0] in (".", "..") for segment in segments):
            raise UrlError("a URL with a dot segment")
        decoded = unquote(path, errors="replace")
        if decoded == path:
            return
        path = decoded
    raise UrlError("a URL that is encoded several times over")


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that the operator allows: an origin, and there a path and all below it."""

    origin: Origin
    prefix: str
    """``/v1``, or empty for the whole origin."""

    def allows(self, url: Url) -> bool:
        """Tell whether a URL lies in what the rule names; paths are compared by whole segments."""
        inside = not self.prefix or (url.path + "/").startswith(self.prefix + "/")
        return inside and url.origin == self.origin


def parse_rules(entries: Iterable[str]) -> tuple[Rule, ...]:
    """Read an allow-list: origins such as ``https://api.example.com``, or with a path ``…/v1``.

    Raises:
        UrlError: an entry is neither.

    """
    return tuple(_rule(entry) for entry in entries)


def _rule(entry: str) -> Rule:
    try:
        url = parse_url(entry)
    except UrlError as error:
        raise UrlError(f"the allow-list has {entry!r}: {error}") from None
    if url.query or "#" in entry or "*" in entry:
        raise UrlError(f"the allow-list has {entry!r}: an origin with at most a path is expected")
    return Rule(url.origin, url.path.rstrip("/"))


__all__ = [
    "MAX_URL",
    "Origin",
    "Rule",
    "Url",
    "UrlError",
    "parse_rules",
    "parse_url",
    "resolve_url",
]
