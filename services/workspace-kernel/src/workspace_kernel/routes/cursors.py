"""Cursors as clients hold them: opaque, and good for the list that gave them out only.

A list continues after a key of its last item, not after a number of items: what is added or taken
away meanwhile neither repeats nor hides others. What the key is, is the list's own business.
"""

import base64
from typing import Final

from nexus_protocol import ErrorCode
from workspace_kernel.errors import KernelError

PATTERN: Final = "^[A-Za-z0-9_-]+$"
MAX_LENGTH: Final = 4096


def seal(operation: str, key: str) -> str:
    """Return the cursor of an operation's list that continues after a key."""
    return base64.urlsafe_b64encode(f"{operation} {key}".encode()).rstrip(b"=").decode()


def unseal(operation: str, cursor: str) -> str:
    """Return the key that a cursor continues after.

    Raises:
        KernelError: INVALID_ARGUMENTS, it is none of this list.

    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        text = base64.b64decode(padded, altchars=b"-_", validate=True).decode()
    except ValueError:
        text = ""
    name, _, key = text.partition(" ")
    if name != operation or seal(operation, key) != cursor or "\0" in key:
        raise foreign()
    return key


def foreign() -> KernelError:
    """Say that a cursor does not belong here."""
    return KernelError(ErrorCode.INVALID_ARGUMENTS, "The cursor is none of this list.")


__all__ = ["MAX_LENGTH", "PATTERN", "foreign", "seal", "unseal"]
