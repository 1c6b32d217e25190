"""What requests ask under a condition: If-Match, If-None-Match (RFC 9110), Idempotency-Key.

What an ETag stands for is the business of who answers; here they are compared only.
"""

import hashlib
import re
from typing import Final

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError

_TAG: Final = r'(?:W/)?"[\x21\x23-\x7e]{0,128}"'
TAGS: Final = rf"^(\*|{_TAG}( *, *{_TAG}){{0,15}})$"
"""If-Match and If-None-Match, as they may be spelled."""
ANYTHING: Final = "*"
KEY: Final = "^[!-~]([ -~]{0,126}[!-~])?$"
"""Idempotency-Key, as it may be spelled."""
_FIELD: Final = re.compile(TAGS)
_EACH: Final = re.compile(_TAG)
_KEY: Final = re.compile(KEY)


def tag_of(content: bytes) -> str:
    """Return the ETag of an answer that has no other name."""
    return f'"{hashlib.sha256(content).hexdigest()[:32]}"'


def named(header: str, what: str) -> tuple[str, ...]:
    """Return what the ETags of a header name; weak and strong ones are not told apart.

    Raises:
        KernelError: BAD_REQUEST, that is no list of ETags.

    """
    if not _FIELD.fullmatch(given := header.strip()):
        raise KernelError(ErrorCode.BAD_REQUEST, f"{what} is * or a list of ETags.")
    return (ANYTHING,) if given == "*" else tuple(map(_name, _EACH.findall(given)))


def is_held(if_none_match: str | None, etag: str) -> bool:
    """Tell whether a client has said that it holds what an ETag names.

    Raises:
        KernelError: BAD_REQUEST, that is no list of ETags.

    """
    if if_none_match is None:
        return False
    held = named(if_none_match, "If-None-Match")
    return ANYTHING in held or _name(etag) in held


def _name(etag: str) -> str:
    return etag.removeprefix("W/")[1:-1]


def required_key(key: str) -> str:
    """Return an Idempotency-Key.

    Raises:
        KernelError: BAD_REQUEST, that is none.

    """
    if not _KEY.fullmatch(key):
        raise KernelError(
            ErrorCode.BAD_REQUEST, "An Idempotency-Key has 1 to 128 printable characters."
        )
    return key


__all__ = ["ANYTHING", "KEY", "TAGS", "is_held", "named", "required_key", "tag_of"]
