"""Tokens: signed ones that say who speaks for a few minutes, and opaque ones that are looked up.

A signed token is read by one rule: HS256, a header of exactly ``alg``, ``kid`` and ``typ``, spelled
canonically. There is no public key that could be taken for a secret, and nothing in a header
chooses how it is verified. Whether the login behind it still stands is ``gate``'s business.
"""

import hashlib
import re
import secrets
import time
import uuid
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, cast

import jwt

from nexus_protocol.strict_json import JsonError, decode
from workspace_kernel.auth.keys import Keys

# The library's types name those of `cryptography`, which HS256 does without.
_jwt: Any = jwt

ALGORITHM: Final = "HS256"
TYPE: Final = "at+jwt"
ISSUER: Final = "nexus"
AUDIENCE: Final = "nexus-kernel"
MAX_LENGTH: Final = 1024

_CLAIMS: Final = {"iss", "aud", "sub", "sid", "iat", "exp", "jti"}
_FORM: Final = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]{43}")
_ID: Final = re.compile(r"[0-9a-f]{32}")


class Kind(StrEnum):
    """What an opaque token is for, by how it begins; so scanners of leaked secrets find it."""

    REFRESH = "nxr_"
    PERSONAL = "nxp_"
    INVITATION = "nxi_"
    TICKET = "nxt_"


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What an access token says."""

    user: str
    session: str
    expires_at: int


class AccessTokens:
    """Signs access tokens and reads them."""

    def __init__(self, keys: Keys, life: int, clock: Callable[[], float] = time.time) -> None:
        self.life = life
        """Seconds that a token lives."""
        self._keys = keys
        self._clock = clock

    def issue(self, user: str, session: str) -> str:
        """Return a token for a login."""
        now = int(self._clock())
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": user,
            "sid": session,
            "iat": now,
            "exp": now + self.life,
            "jti": uuid.uuid4().hex,
        }
        key = self._keys.newest
        return _jwt.encode(claims, key.content, ALGORITHM, headers={"kid": key.kid, "typ": TYPE})

    def read(self, token: str) -> AccessClaims | None:
        """Return what a token says; None when it does not hold, whatever the reason."""
        if len(token) > MAX_LENGTH or not _FORM.fullmatch(token):
            return None
        header, payload, signature = token.split(".")
        if not all(map(_canonical, (header, payload, signature))):
            return None
        try:
            spelled = urlsafe_b64decode(_padded(header))
            # No name in it needs an escape: who writes one wants two readers to differ.
            if b"\\" in spelled:
                return None
            named = decode(spelled, max_bytes=MAX_LENGTH)
            # Duplicate keys and numbers beyond JSON are refused before the library reads it.
            decode(urlsafe_b64decode(_padded(payload)), max_bytes=MAX_LENGTH)
            return self._verify(token, named)
        except (JsonError, jwt.PyJWTError):
            return None

    def _verify(self, token: str, header: object) -> AccessClaims | None:
        if not isinstance(header, dict):
            return None
        named = cast("dict[str, object]", header)
        kid = named.get("kid")
        if named != {"alg": ALGORITHM, "kid": kid, "typ": TYPE} or not isinstance(kid, str):
            return None
        key = self._keys.find(kid) if kid.isascii() else None
        if key is None:
            return None
        claims: dict[str, Any] = _jwt.decode(
            token,
            key.content,
            [ALGORITHM],
            audience=AUDIENCE,
            issuer=ISSUER,
            options={"require": sorted(_CLAIMS), "strict_aud": True},
        )
        return self._claims(claims)

    def _claims(self, claims: dict[str, Any]) -> AccessClaims | None:
        user, session, expires_at, issued_at = (
            claims[name] for name in ("sub", "sid", "exp", "iat")
        )
        if claims.keys() != _CLAIMS or type(expires_at) is not int or type(issued_at) is not int:
            return None
        if not (is_id(user) and is_id(session)) or expires_at - issued_at > self.life:
            return None
        return AccessClaims(user, session, expires_at)


def new_token(kind: Kind) -> str:
    """Return an opaque token of 256 random bits."""
    return kind + secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """Return what is stored of an opaque token: as random as it is, it needs no salt."""
    return hashlib.sha256(token.encode()).hexdigest()


def new_id() -> str:
    """Return a name for an account, login, token or invitation."""
    return uuid.uuid4().hex


def is_id(value: object) -> bool:
    """Tell whether something can be the name that ``new_id`` gave."""
    return isinstance(value, str) and _ID.fullmatch(value) is not None


def _padded(part: str) -> str:
    return part + "=" * (-len(part) % 4)


def _canonical(part: str) -> bool:
    """Tell whether a part is spelled as it would be printed: a token has one form only."""
    if len(part) % 4 == 1:
        return False
    return urlsafe_b64encode(urlsafe_b64decode(_padded(part))).rstrip(b"=") == part.encode()


__all__ = ["AccessClaims", "AccessTokens", "Kind", "digest", "is_id", "new_id", "new_token"]
