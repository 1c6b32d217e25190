"""Which paths may be written: those that mean one and the same file on every system.

Names arrive from clients. Beyond leaving the work tree, a path must not reach git's own files, not
even in a spelling that only macOS or Windows takes for them, nor be one that cannot be checked out
there.
"""

import re
import unicodedata
from typing import Final

from nexus_core.history.errors import HistoryError
from nexus_protocol.errors import ErrorCode

MAX_PATH_BYTES: Final = 1024
MAX_NAME_BYTES: Final = 255
MAX_DEPTH: Final = 32

_UNPORTABLE: Final = re.compile(r'[<>:"|?*\\]')
_GIT: Final = re.compile(r"\.git.*|git~[0-9]+", re.IGNORECASE)
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)


def check_path(path: str) -> str:
    """Return a path that may be written: relative, with ``/`` between names.

    Raises:
        HistoryError: INVALID_PATH for an absolute path, ``.`` and ``..``, anything that begins
            with ``.git``, control and invisible characters, names that Windows does not hold
            (trailing dots and spaces among them), text that is not in Unicode's form C, and what
            is too long or too deep.

    """
    names = path.split("/")
    if not path.isprintable() or not unicodedata.is_normalized("NFC", path):
        raise _invalid(path, "has characters that do not show, or is not in Unicode's form C")
    if len(path.encode()) > MAX_PATH_BYTES or len(names) > MAX_DEPTH:
        raise _invalid(path, "is too long")
    for name in names:
        if not name or name.endswith((".", " ")) or name.startswith(" "):
            raise _invalid(path, "has a name that is empty or ends with a dot or a space")
        if len(name.encode()) > MAX_NAME_BYTES:
            raise _invalid(path, "has a name that is too long")
        if _UNPORTABLE.search(name) or _GIT.fullmatch(name) or _DEVICE.fullmatch(name):
            raise _invalid(path, f"has the name {name!r}, which is not allowed")
    return path


def _invalid(path: str, problem: str) -> HistoryError:
    return HistoryError(ErrorCode.INVALID_PATH, f"the path {path[:100]!r} {problem}")


__all__ = ["check_path"]
